"""What a deployment decides, without an account."""

import tempfile
import unittest
from pathlib import Path

import artefacts
import plan
from calls import Call
from found import Found, Stack
from plan import Refused, Wanted
from template import differences, with_static_names

TEMPLATE = {"Parameters": {"Stage": {}, "Issuer": {}, "Shards": {"Default": 64}, "ArtifactBucket": {}}, "Resources": {}}


def wanted(**parameters: str) -> Wanted:
    return Wanted("dev", "eu-west-1", "r1", "templates/t.yaml", {"Stage": "dev", **parameters}, [], "commit")


def stack(status: str = "UPDATE_COMPLETE", protected: bool = False, **parameters: str) -> Stack:
    return Stack(status, parameters, {}, {}, protected)


def found(**more: object) -> Found:
    return Found(**{"account": "1", "partition": "aws", "bucket": True, **more})


def proposed(goal: Wanted, there: Found) -> dict:
    return plan.proposal(goal, there, TEMPLATE).calls[0].parameters


class Decisions(unittest.TestCase):
    def test_what_is_not_said_again_stays_as_the_stack_has_it(self) -> None:
        there = found(stack=stack(Issuer="https://a", Shards="128"))
        chosen = proposed(wanted(), there)
        self.assertEqual(chosen["ChangeSetType"], "UPDATE")
        self.assertIn({"ParameterKey": "Issuer", "UsePreviousValue": True}, chosen["Parameters"])
        self.assertIn({"ParameterKey": "Shards", "UsePreviousValue": True}, chosen["Parameters"])

    def test_a_first_deployment_says_which_parameters_it_misses(self) -> None:
        with self.assertRaisesRegex(Refused, "Issuer"):
            proposed(wanted(), found())

    def test_a_misspelt_parameter_is_refused(self) -> None:
        with self.assertRaisesRegex(Refused, "Isuer"):
            proposed(wanted(Isuer="https://a", Issuer="https://a"), found())

    def test_shards_may_grow_but_not_shrink(self) -> None:
        template = {"Parameters": {"ShardCount": {"Default": 64}}}
        grown = plan.parameters(template, {"ShardCount": "128"}, stack(ShardCount="64"))
        self.assertEqual(grown, [{"ParameterKey": "ShardCount", "ParameterValue": "128"}])
        with self.assertRaisesRegex(Refused, "shrink"):
            plan.parameters(template, {"ShardCount": "64"}, stack(ShardCount="128"))

    def test_a_release_keeps_code_and_template_and_no_other_parameter(self) -> None:
        kept = plan.release(wanted(ApiCodeKey="functions/api/1.zip", Architecture="arm64", ShardCount="64"))
        self.assertEqual(kept["parameters"], {"ApiCodeKey": "functions/api/1.zip", "Architecture": "arm64"})

    def test_tables_that_an_earlier_stack_left_are_taken_back(self) -> None:
        goal = wanted(Issuer="https://a")
        self.assertTrue(proposed(goal, found(kept=("punctual-dev-jobs",)))["ImportExistingResources"])
        self.assertNotIn("ImportExistingResources", proposed(goal, found()))

    def test_a_stack_that_is_being_changed_is_left_alone(self) -> None:
        with self.assertRaises(Refused):
            plan.preparation(wanted(), found(stack=stack("UPDATE_IN_PROGRESS")))

    def test_the_remains_of_a_first_attempt_are_removed_before_the_next(self) -> None:
        steps = plan.preparation(wanted(), found(stack=stack("ROLLBACK_COMPLETE")))
        self.assertEqual([call.operation for step in steps for call in step.calls], ["delete_stack"])

    def test_the_bucket_is_made_once(self) -> None:
        calls = [call.operation for step in plan.preparation(wanted(), found(bucket=False)) for call in step.calls]
        self.assertEqual(calls[0], "create_bucket")
        self.assertEqual(plan.preparation(wanted(), found()), [])

    def test_a_change_that_would_lose_data_is_found(self) -> None:
        def change(action: str, kind: str, replacement: str = "False") -> dict:
            return {
                "ResourceChange": {
                    "Action": action,
                    "ResourceType": kind,
                    "LogicalResourceId": "It",
                    "Replacement": replacement,
                }
            }

        table = "AWS::DynamoDB::Table"
        lost = [
            change("Remove", table),
            change("Modify", table, "True"),
            change("Modify", "AWS::SQS::Queue", "Conditional"),
        ]
        kept = [change("Modify", table), change("Add", table), change("Remove", "AWS::CloudWatch::Alarm")]
        self.assertEqual(len(plan.dangers([*lost, *kept])), len(lost))

    def test_the_stack_is_guarded_as_its_tables_are_and_only_if_something_was_said_of_it(self) -> None:
        self.assertEqual(plan.protection(wanted(), stack(protected=True)), [])
        for said, before, steps in (("true", False, 1), ("true", True, 0), ("false", True, 1), ("false", False, 0)):
            self.assertEqual(len(plan.protection(wanted(DeletionProtection=said), stack(protected=before))), steps)

    def test_code_that_was_put_there_by_hand_is_replaced_in_both_functions_of_the_worker(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            zipped = Path(folder) / "worker.zip"
            zipped.write_bytes(b"code")
            goal = Wanted(
                "dev", "eu-west-1", "r1", "t", {}, [artefacts.Artefact("worker", zipped, "functions/worker/1.zip")], "c"
            )
            running = {"worker": "other", "long": artefacts.lambda_digest(zipped)}
            there = found(stack=stack(WorkerCodeKey="functions/worker/1.zip"), code=running)
            (step,) = plan.restoration(goal, there)
            self.assertEqual([call.parameters["FunctionName"] for call in step.calls], ["punctual-dev-worker"])
            self.assertEqual(plan.restoration(goal, found(stack=stack(WorkerCodeKey="another"), code=running)), [])


class Templates(unittest.TestCase):
    def test_only_what_outlives_its_stack_has_its_name_written_out(self) -> None:
        def named() -> dict:
            return {"TableName": {"Fn::Sub": "punctual-${Stage}-jobs"}}

        resources = {"Jobs": {"DeletionPolicy": "Retain", "Properties": named()}, "Due": {"Properties": named()}}
        ours = with_static_names({"Resources": resources}, {"Stage": "dev"})["Resources"]
        self.assertEqual(ours["Jobs"]["Properties"], {"TableName": "punctual-dev-jobs"})
        self.assertEqual(ours["Due"]["Properties"], named())

    def test_differences_name_what_came_went_and_changed(self) -> None:
        before = {"A": {"Type": "T", "Properties": {"x": 1}}, "B": {"Type": "T"}}
        after = {"A": {"Type": "T", "Properties": {"x": 2}}, "C": {"Type": "T"}}
        self.assertEqual(differences(before, after), ["+ C (T)", "- B (T)", "~ A (T): x"])


class Packages(unittest.TestCase):
    def test_the_same_binary_gives_the_same_zip_whenever_it_is_made(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            binary, one, two = (Path(folder) / name for name in ("bootstrap", "one.zip", "two.zip"))
            binary.write_bytes(b"\x7fELF")
            artefacts.zip_bootstrap(binary, one)
            binary.touch()
            artefacts.zip_bootstrap(binary, two)
            self.assertEqual(one.read_bytes(), two.read_bytes())


class Commands(unittest.TestCase):
    def test_a_call_is_shown_as_the_command_that_does_the_same(self) -> None:
        call = Call("s3", "put_bucket_versioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "Enabled"}})
        self.assertEqual(
            call.command(),
            """aws s3api put-bucket-versioning --bucket b --versioning-configuration '{"Status":"Enabled"}'""",
        )
        self.assertEqual(
            Call("s3", "x", {"TemplateURL": "u", "Flag": False}).command(), "aws s3api x --template-url u --no-flag"
        )


if __name__ == "__main__":
    unittest.main()
