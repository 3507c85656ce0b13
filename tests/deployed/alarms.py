"""Drives the deployed alarms: a breaching value is put for each that watches one metric, and it is seen to change
state. The stand-in has no metric math and does not look at dimensions; what an alarm's arithmetic is worth, the tests
of the template's alarms say. Here it is shown that they are deployed, change state, carry their composites along, and
that the topic tells."""

import json
from typing import Any
from collections.abc import Callable

from smoke import Broken, until
from stand_in import StandIn
from template import resolve

# How far past its threshold a value is put: beyond doubt, whatever the unit.
BEYOND = 1_000_000.0


def kind(template: dict[str, Any], of: str) -> dict[str, Any]:
    """The template's resources of a type, by their logical names."""
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == of}


def state(cloudwatch: Any, name: str) -> str:
    """An alarm's state, of either type."""
    answer = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    found = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
    if not found:
        raise Broken(f"there is no alarm {name}")
    return found[0]["StateValue"]


def breach(cloudwatch: Any, alarm: dict[str, Any]) -> None:
    """Puts values far past an alarm's threshold, of the metric that it watches."""
    up = alarm["ComparisonOperator"].startswith("Greater")
    value = alarm["Threshold"] + (BEYOND if up else -BEYOND)
    datum = {"MetricName": alarm["MetricName"], "Dimensions": alarm.get("Dimensions", []), "Value": value}
    cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[datum])


def drive_metrics(stand_in: StandIn, say: Callable[[str], None]) -> int:
    """Has every deployed alarm on one metric change to ALARM. Returns how many there are."""
    cloudwatch = stand_in.client("cloudwatch")
    deployed = [one for page in cloudwatch.get_paginator("describe_alarms").paginate() for one in page["MetricAlarms"]]
    # Quiet first: alarms that share a metric would be carried along by one another's values.
    before = {one["AlarmName"]: one["StateValue"] for one in deployed}
    if loud := [name for name, found in before.items() if found == "ALARM"]:
        raise Broken(f"in ALARM after nothing but a smoke test: {', '.join(loud)}")
    for alarm in deployed:
        breach(cloudwatch, alarm)
        until(f"{alarm['AlarmName']} in ALARM", lambda: state(cloudwatch, alarm["AlarmName"]) == "ALARM", 10)
        watched = f"{alarm['Namespace']} {alarm['MetricName']}"
        say(f"  {before[alarm['AlarmName']]:<17} -> ALARM  {alarm['AlarmName']} ({watched})")
    return len(deployed)


def drive_composites(
    stand_in: StandIn, template: dict[str, Any], names: dict[str, str], say: Callable[[str], None]
) -> list[str]:
    """Makes the template's composites, with stand-ins for children that are metric math, and has the first child of
    each carry it to ALARM and back. Returns their names."""
    cloudwatch = stand_in.client("cloudwatch")
    known = dict(names)
    for logical, alarm in kind(template, "AWS::CloudWatch::Alarm").items():
        known[logical] = resolve(alarm["AlarmName"], names)
        if "Metrics" in alarm:
            shape = {"EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
            nothing = {"Namespace": "Nothing", "MetricName": logical, "Statistic": "Sum", "Period": 60}
            cloudwatch.put_metric_alarm(AlarmName=known[logical], **shape, **nothing)
    composites = kind(template, "AWS::CloudWatch::CompositeAlarm")
    known.update({logical: resolve(one["AlarmName"], names) for logical, one in composites.items()})
    for logical, composite in composites.items():
        taken = ("AlarmName", "AlarmRule", "AlarmDescription", "AlarmActions", "OKActions")
        cloudwatch.put_composite_alarm(**{key: resolve(composite[key], known) for key in taken if key in composite})
        rule = resolve(composite["AlarmRule"], known)
        children = [name for one, name in known.items() if f'"{name}"' in rule and one != logical]
        for child in children:
            cloudwatch.set_alarm_state(AlarmName=child, StateValue="OK", StateReason="quiet")
        moved = []
        for wanted in ("ALARM", "OK"):
            cloudwatch.set_alarm_state(AlarmName=children[0], StateValue=wanted, StateReason="driven by the test")
            until(f"{known[logical]} {wanted}", lambda: state(cloudwatch, known[logical]) == wanted, 10)
            moved.append(wanted)
        say(f"  {' -> '.join(moved):<17}           {known[logical]}, with {children[0]}, of {len(children)}")
    return [known[logical] for logical in composites]


def told(stand_in: StandIn, queue: str) -> list[str]:
    """The alarms that the topic has told of, and what became of them."""
    sqs = stand_in.client("sqs")
    lines: list[str] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            alarm = json.loads(json.loads(message["Body"])["Message"])
            lines.append(f"{alarm['AlarmName']} {alarm['NewStateValue']}")
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return lines
