"""Tries the deployed shape on this machine: the real template and the real zips, by CloudFormation, on a stand-in that
runs them; deployed, changed, rolled back, removed and taken back by the tools that a user has."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

# The tools that are tried, and whose checks are used here.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "infra/deploy"))

import steps
from stand_in import StandIn
from trial import ROOT, Trial, say

from smoke import Broken


# The far job is made early and waited for late; --brief leaves both out.
WAITING = (steps.a_far_job_is_hinted, steps.the_tick_goes_on, steps.the_far_job_fires_by_the_tick)
STEPS = (
    steps.an_empty_account_is_only_shown_what_would_be_done,
    steps.the_stack_is_made,
    steps.a_far_job_is_hinted,
    steps.the_smoke_test_passes,
    steps.the_door_lets_in_whom_it_should,
    steps.a_dead_letter_reaches_the_function_dlq,
    steps.the_alarms_change_state,
    steps.cargo_lambda_replaces_code_and_nothing_else,
    steps.a_change_is_made_and_rolled_back,
    steps.the_tick_goes_on,
    steps.the_far_job_fires_by_the_tick,
    steps.what_is_protected_is_not_removed,
    steps.a_removed_stage_can_be_taken_back,
    steps.nothing_is_left,
)


def main() -> None:
    """Runs every step, and stops at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, default=ROOT / "target/lambda", help="<function>/bootstrap below it")
    parser.add_argument("--template", type=Path, default=ROOT / "infra/template.yaml")
    parser.add_argument("--port", type=int, help="of the stand-in; a free one, if absent")
    parser.add_argument("--brief", action="store_true", help="do not wait six minutes for a job that goes by the tick")
    chosen = parser.parse_args()
    began = time.monotonic()
    with StandIn(ROOT / ".venv/bin/ministack", chosen.port) as stand_in:
        trial = Trial(stand_in, chosen)
        passed = 0
        for step in (one for one in STEPS if not (chosen.brief and one in WAITING)):
            print(f"\n== {step.__name__.replace('_', ' ')}", flush=True)
            try:
                step(trial)
            except Exception as trouble:
                print(f"\nFAILED: {trouble}\n-- the stand-in's last complaints:", file=sys.stderr)
                print("\n".join(stand_in.complaints()[-15:]), file=sys.stderr)
                if not isinstance(trouble, (Broken, subprocess.CalledProcessError)):
                    raise
                sys.exit(1)
            passed += 1
        for line in stand_in.complaints():
            say(f"the stand-in complained: {line}")
    print(f"\n{passed} steps passed in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
