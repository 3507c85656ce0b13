"""Takes out of the template what the stand-in's CloudFormation cannot do, and says so: everything else is deployed as it is.
A resource that it does not know fails the deployment, so this list cannot silently grow too short."""

import copy
from typing import Any

# The stand-in evaluates composites, but its CloudFormation does not make them: they are made by their own call.
UNKNOWN = ("AWS::CloudWatch::CompositeAlarm",)


def adapt(template: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The template for the stand-in, and what was changed, a line each."""
    ours = copy.deepcopy(template)
    said = []
    resources = ours["Resources"]
    maths = [name for name, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in one["Properties"]]
    if maths:
        said.append(f"left out, for it has no metric math: {', '.join(maths)}")
    unknown = [name for name, one in resources.items() if one["Type"] in UNKNOWN]
    if unknown:
        said.append(f"left out here, and made by PutCompositeAlarm: {', '.join(unknown)}")
    for name in [*maths, *unknown]:
        del resources[name]
    numbers = 0
    for one in resources.values():
        scaling = one["Properties"].get("ScalingConfig", {})
        if isinstance(scaling.get("MaximumConcurrency"), dict):
            scaling["MaximumConcurrency"] = ours["Parameters"][scaling["MaximumConcurrency"]["Ref"]]["Default"]
            numbers += 1
    if numbers:
        said.append(f"{numbers} MaximumConcurrency written as numbers: it hands parameters on as text")
    return ours, said


def resolve(value: Any, names: dict[str, str]) -> Any:
    """A property with its `Fn::Sub`, `Ref` and `Fn::Join` of text carried out. Raises KeyError for an unknown name."""
    if isinstance(value, list):
        return [resolve(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return names[value["Ref"]]
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(resolve(parts, names))
    if "Fn::Sub" in value:
        text = value["Fn::Sub"]
        for name, meaning in names.items():
            text = text.replace(f"${{{name}}}", meaning)
        return text
    return {key: resolve(one, names) for key, one in value.items()}
