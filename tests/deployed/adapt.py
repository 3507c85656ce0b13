"""Takes out of the template what the stand-in's CloudFormation cannot do, and says so: everything else is deployed as
it is. A resource that it does not know fails the deployment, so this list cannot silently grow too short."""

import copy
from typing import Any

# The stand-in evaluates composites, but its CloudFormation does not make them: they are made by their own call.
UNKNOWN = ("AWS::CloudWatch::CompositeAlarm",)


def adapt(template: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The template for the stand-in, and what was changed, a line each."""
    ours = copy.deepcopy(template)
    said = []
    resources = ours["Resources"]
    maths = [
        name
        for name, one in resources.items()
        if one["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in one["Properties"]
    ]
    if maths:
        said.append(f"left out, for it has no metric math: {', '.join(maths)}")
    unknown = [name for name, one in resources.items() if one["Type"] in UNKNOWN]
    if unknown:
        said.append(f"left out here, and made by PutCompositeAlarm: {', '.join(unknown)}")
    for name in [*maths, *unknown]:
        del resources[name]
    written = sum(write_numbers(one["Properties"], ours["Parameters"]) for one in resources.values())
    if written:
        said.append(f"{written} MaximumConcurrency written as numbers: it hands parameters on as text")
    return ours, said


def write_numbers(value: Any, parameters: dict[str, Any]) -> int:
    """Replaces each `MaximumConcurrency` that is a parameter by the parameter's default. Returns how many there
    were."""
    if isinstance(value, list):
        return sum(write_numbers(one, parameters) for one in value)
    if not isinstance(value, dict):
        return 0
    written = 0
    if isinstance(value.get("MaximumConcurrency"), dict):
        value["MaximumConcurrency"] = parameters[value["MaximumConcurrency"]["Ref"]]["Default"]
        written = 1
    return written + sum(write_numbers(one, parameters) for one in value.values())
