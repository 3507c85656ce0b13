"""The template, read and rewritten. No effects here."""

import copy
from typing import Any


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


def with_static_names(template: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The template with the names of what it retains written out: CloudFormation takes existing resources back into a
    stack only if their names are no functions. Later deployments may say them by functions again; the names are the
    same."""
    ours = copy.deepcopy(template)
    for one in ours["Resources"].values():
        if one.get("DeletionPolicy") == "Retain":
            for property in ("TableName", "BucketName"):
                if property in one["Properties"]:
                    one["Properties"][property] = resolve(one["Properties"][property], names)
    return ours


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """How two templates' resources differ, one line each. What a change set says of them is said by AWS alone."""
    lines = [f"+ {name} ({after[name]['Type']})" for name in after if name not in before]
    lines += [f"- {name} ({before[name]['Type']})" for name in before if name not in after]
    for name in after:
        if name in before and before[name] != after[name]:
            old, new = before[name].get("Properties", {}), after[name].get("Properties", {})
            changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
            lines.append(f"~ {name} ({after[name]['Type']}): {', '.join(changed) or 'its attributes'}")
    return lines
