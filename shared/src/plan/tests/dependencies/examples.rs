use chrono::TimeDelta;

use super::*;
use crate::domain::Stamp;
use crate::plan::dependencies::{
    Gated, Nudge, gated, needs_gate, nudge, occasion_after, reopened, waiting,
};
use crate::plan::tests::{NEW_STAMP, NEW_TOKEN, OLD_STAMP, delivery, in_state, owed, running};
use crate::plan::{ClaimDecision, FollowUp, Judgement, claim, follow_up, judge, needs_lock};
use ExecutionState::{Canceled, Dead, Failed, RetryWait, Running, Skipped, Succeeded, Waiting};

/// 1 is the root of 2 and 3, and 4 runs after both.
fn diamond() -> Shelf {
    Shelf::of([
        root(1),
        behind(2, &[1]),
        behind(3, &[1]),
        behind(4, &[2, 3]),
    ])
}

#[test]
fn a_run_begins_when_all_its_upstreams_have_succeeded() {
    let begun = diamond().with(1, Succeeded);
    assert_eq!(begun.gate(2), OPEN);
    assert_eq!(begun.gate(4), Gate::Waits(of(2, this_run())));
    let half = begun.with(3, Succeeded);
    assert_eq!(half.gate(4), Gate::Waits(of(2, this_run())));
    assert_eq!(half.with(2, Succeeded).gate(4), OPEN);
}

#[test]
fn only_a_record_that_is_over_lets_a_run_begin() {
    for state in [Waiting, Running, RetryWait, ExecutionState::Offered] {
        let shelf = diamond().with(1, state);
        assert_eq!(shelf.gate(2), Gate::Waits(of(1, this_run())), "{state:?}");
    }
}

#[test]
fn whatever_ends_otherwise_than_well_is_the_cause() {
    for state in [Failed, Dead, Canceled, Skipped] {
        let shelf = diamond().with(2, state).with(3, Running);
        assert_eq!(shelf.gate(4), Gate::Failed(of(2, this_run())), "{state:?}");
    }
}

#[test]
fn a_cause_is_carried_through_every_level() {
    let mut shelf = diamond().with(1, Dead).with(3, Succeeded);
    shelf.put(of(2, this_run()), Skipped, Some(Reason::UpstreamFailed));
    let cause = of(1, this_run());
    shelf.records.get_mut(&of(2, this_run())).unwrap().cause = Some(cause);
    assert_eq!(shelf.gate(4), Gate::Failed(cause));
}

#[test]
fn all_finished_asks_only_that_they_have_ended() {
    let any = job(
        4,
        None,
        &[2, 3],
        &json!({ "after_condition": "all_finished" }),
    );
    let shelf = Shelf::of([root(1), behind(2, &[1]), behind(3, &[1]), any]);
    let shelf = shelf.with(1, Succeeded).with(2, Dead);
    assert_eq!(shelf.gate(4), Gate::Waits(of(3, this_run())));
    assert_eq!(shelf.with(3, Succeeded).gate(4), OPEN);
}

#[test]
fn a_run_asked_for_by_hand_takes_only_those_behind_it_along() {
    let by_hand = Occasion::manual(noon() + TimeDelta::seconds(9), 5);
    let mut shelf = diamond();
    // Asked for of 3: neither 1 nor 2 makes such a run.
    shelf.put(of(3, by_hand), Succeeded, None);
    assert_eq!(shelf.asked(4, by_hand).0, OPEN);
    // Asked for of 4 itself: nothing is waited for.
    let other = Occasion::manual(noon() + TimeDelta::seconds(9), 6);
    assert_eq!(shelf.asked(4, other).0, Gate::Open(None));
    // Asked for of 1: 2 has no record yet, and will have one.
    shelf.put(of(1, other), Succeeded, None);
    shelf.put(of(3, other), Succeeded, None);
    assert_eq!(shelf.asked(4, other).0, Gate::Waits(of(2, other)));
}

#[test]
fn an_upstream_that_makes_no_such_run_is_not_waited_for() {
    let daily = json!({ "kind": "cron", "expression": "0 13 * * *" });
    let other = job(3, Some(daily), &[], &json!({}));
    let shelf = Shelf::of([root(1), other, behind(4, &[1, 3])]).with(1, Succeeded);
    assert_eq!(shelf.gate(4), OPEN);
    // Nor one that was made later, or is deleted.
    for change in [
        (|job: &mut Job| job.effective_from = noon() + TimeDelta::seconds(1)) as fn(&mut Job),
        |job| job.state = JobState::Canceled,
    ] {
        let mut shelf = diamond().with(1, Succeeded).with(2, Succeeded);
        shelf.change(3, change);
        assert_eq!(shelf.gate(4), OPEN);
    }
}

#[test]
fn what_was_left_out_was_never_to_be() {
    for reason in [Reason::SkippedByUser, Reason::Excluded, Reason::Superseded] {
        let mut shelf = Shelf::of([root(1), root(3), behind(4, &[1, 3])]).with(1, Succeeded);
        shelf.put(of(3, this_run()), Skipped, Some(reason));
        assert_eq!(shelf.gate(4), OPEN, "{reason:?}");
    }
    let mut shelf = Shelf::of([root(1), behind(4, &[1])]);
    shelf.put(of(1, this_run()), Skipped, Some(Reason::Excluded));
    assert_eq!(shelf.gate(4), Gate::NotOwed);
}

#[test]
fn a_paused_upstream_is_one_that_will_not_succeed() {
    let mut shelf = Shelf::of([root(1), root(3), behind(5, &[3]), behind(4, &[1, 5])]);
    shelf.change(3, paused);
    let shelf = shelf.with(1, Succeeded);
    // Not even through another that waits for it alone, and so will never hear of it.
    assert_eq!(shelf.gate(4), Gate::Failed(of(3, this_run())));
}

#[test]
fn a_paused_job_does_not_run_behind_others_and_says_so() {
    let mut shelf = diamond().with(1, Succeeded);
    shelf.change(2, paused);
    assert_eq!(shelf.gate(2), Gate::Paused);
    let by_hand = Occasion::manual(noon(), 7);
    assert_eq!(shelf.asked(2, by_hand).0, Gate::Open(None));
}

#[test]
fn of_upstreams_that_have_records_nothing_else_is_read() {
    let shelf = diamond()
        .with(1, Succeeded)
        .with(2, Succeeded)
        .with(3, Succeeded);
    assert_eq!(shelf.asked(4, this_run()), (OPEN, 2));
    // Without records of 2 and 3: those, their rows, and the record of 1, but not its row.
    let begun = diamond().with(1, Succeeded);
    let waits = Gate::Waits(of(2, this_run()));
    assert_eq!(begun.asked(4, this_run()), (waits, 5));
}

#[test]
fn where_more_jobs_hang_together_than_may_none_is_taken_not_to_run() {
    let daily = json!({ "kind": "cron", "expression": "0 13 * * *" });
    let one = job(1, Some(daily), &[], &json!({}));
    let behind_so_many = |count: u128| {
        let ids: Vec<_> = (1..=count).map(id).collect();
        let mut last = behind(1_000, &[1]);
        last.after.as_mut().unwrap().jobs.clone_from(&ids);
        let upstreams = ids.into_iter().map(|id| Job { id, ..one.clone() });
        Shelf::of(upstreams.chain([last])).gate(1_000)
    };
    // None of them runs at noon.
    assert_eq!(behind_so_many(500), Gate::NotOwed);
    assert_eq!(behind_so_many(501), Gate::Waits(of(1, this_run())));
}

/// 1 fires on every full hour, 9 at a quarter past every third one, after 1.
fn with_its_own_times() -> Shelf {
    let own = json!({ "kind": "cron", "expression": "15 */3 * * *" });
    Shelf::of([root(1), job(9, Some(own), &[1], &json!({}))])
}

fn quarter_past() -> Occasion {
    Occasion::Scheduled(noon() + TimeDelta::minutes(15))
}

#[test]
fn a_job_with_a_schedule_waits_for_the_latest_run_since_its_own_last_time() {
    let shelf = with_its_own_times();
    assert_eq!(
        shelf.asked(9, quarter_past()).0,
        Gate::Waits(of(1, this_run()))
    );
    let shelf = shelf.with(1, Succeeded);
    assert_eq!(shelf.asked(9, quarter_past()).0, OPEN);
    // A run by hand is for those without a schedule.
    let by_hand = Occasion::manual(noon(), 1);
    assert_eq!(shelf.asked(9, by_hand).0, Gate::Open(None));
}

#[test]
fn an_upstream_without_a_run_in_the_window_is_not_waited_for() {
    let mut shelf = with_its_own_times();
    shelf.change(1, |job| job.effective_from = noon() + TimeDelta::seconds(1));
    assert_eq!(shelf.asked(9, quarter_past()).0, Gate::Open(None));
}

#[test]
fn a_run_of_an_upstream_counts_for_one_fire_time_alone() {
    let at_once = json!({ "kind": "cron", "expression": "15 12 * * *" });
    let mut shelf = with_its_own_times();
    let upstream = job(1, Some(at_once), &[], &json!({}));
    shelf.jobs.insert(upstream.id, upstream);
    // Both fire at a quarter past noon; 9 does so once more three hours later.
    let waits = Gate::Waits(of(1, quarter_past()));
    assert_eq!(shelf.asked(9, quarter_past()).0, waits);
    let next = Occasion::Scheduled(at("2026-11-21T15:15:00Z"));
    assert_eq!(shelf.asked(9, next).0, Gate::Open(None));
}

#[test]
fn the_runs_of_an_upstream_without_a_schedule_are_those_of_its_roots() {
    let own = json!({ "kind": "cron", "expression": "15 */3 * * *" });
    let last = job(9, Some(own), &[2], &json!({}));
    let shelf = Shelf::of([root(1), behind(2, &[1]), last]).with(1, Succeeded);
    assert_eq!(
        shelf.asked(9, quarter_past()).0,
        Gate::Waits(of(2, this_run()))
    );
    assert_eq!(shelf.with(2, Succeeded).asked(9, quarter_past()).0, OPEN);
}

#[test]
fn an_upstreams_end_is_heard_at_the_next_own_fire_time_once_that_has_come() {
    let shelf = with_its_own_times();
    let row = Row {
        job: shelf.jobs[&id(9)].clone(),
        exclusions: Exclusions::default(),
    };
    let QuarterPast { before, after } = QuarterPast::new();
    assert_eq!(occasion_after(&row, this_run(), before), None);
    assert_eq!(
        occasion_after(&row, this_run(), after),
        Some(quarter_past())
    );
    let by_hand = Occasion::manual(noon(), 1);
    assert_eq!(occasion_after(&row, by_hand, after), None);
}

struct QuarterPast {
    before: DateTime<Utc>,
    after: DateTime<Utc>,
}

impl QuarterPast {
    fn new() -> Self {
        let at = quarter_past().fire_time();
        Self {
            before: at - TimeDelta::seconds(1),
            after: at,
        }
    }
}

#[test]
fn a_run_by_hand_in_the_second_of_a_graphs_creation_runs_the_graph() {
    let graph = behind(2, &[1]);
    let created_at = graph.created_at;
    assert!(graph.effective_from > created_at);
    assert!(graph.governs(Occasion::manual(
        created_at + TimeDelta::milliseconds(10),
        1
    )));
    assert!(!graph.governs(Occasion::manual(created_at - TimeDelta::seconds(2), 1)));
    assert!(!graph.governs(Occasion::Scheduled(created_at)));
}

fn claimed() -> Execution {
    running(of(4, this_run()), 1, 40)
}

#[test]
fn the_gate_is_asked_until_an_attempt_has_ended() {
    let job = behind(4, &[2]);
    assert!(needs_gate(&job, &claimed()));
    // The attempt before was lost, perhaps before it came to the gate.
    assert!(needs_gate(&job, &running(of(4, this_run()), 2, 40)));
    let ended = Execution {
        job_version: Some(1),
        ..claimed()
    };
    assert!(!needs_gate(&job, &ended));
    assert!(!needs_gate(&root(4), &claimed()));
}

#[test]
fn a_run_waits_until_its_time_is_over_and_not_anew_at_every_look() {
    let job = job(4, None, &[2], &json!({ "after_limit_seconds": 60 }));
    let on = of(2, this_run());
    let Gated::Wait(first) = gated(&claimed(), &job, Gate::Waits(on), noon(), NEW_STAMP) else {
        panic!("it waits");
    };
    assert_eq!((first.state, first.attempt), (Waiting, 0));
    assert_eq!(
        (first.claim, first.lease_until, first.started_at),
        (None, None, None)
    );
    let until = noon() + TimeDelta::seconds(60);
    assert_eq!(first.waits_until, Some(until));
    assert!(matches!(
        follow_up(&first, noon()),
        FollowUp::SendRetry { attempt: 1, .. }
    ));
    let again = Execution {
        waits_until: first.waits_until,
        ..claimed()
    };
    let later = noon() + TimeDelta::seconds(59);
    let Gated::Wait(second) = gated(&again, &job, Gate::Waits(on), later, NEW_STAMP) else {
        panic!("it waits still");
    };
    assert_eq!(second.waits_until, Some(until));
    assert_eq!(
        gated(&again, &job, Gate::Waits(on), until, NEW_STAMP),
        Gated::End(Reason::UpstreamNotFinished, Some(on))
    );
}

#[test]
fn a_run_that_waits_keeps_the_times_of_an_attempt_that_was_lost_and_of_none_else() {
    let job = behind(4, &[2]);
    for (attempt, keeps) in [(1, false), (2, true)] {
        let claimed = running(of(4, this_run()), attempt, 40);
        let gate = Gate::Waits(of(2, this_run()));
        let Gated::Wait(waits) = gated(&claimed, &job, gate, noon(), NEW_STAMP) else {
            panic!("it waits");
        };
        for (before, after) in [
            (claimed.dispatched_at, waits.dispatched_at),
            (claimed.started_at, waits.started_at),
        ] {
            assert_eq!(after, before.filter(|_| keeps), "{attempt}");
        }
    }
}

#[test]
fn a_waiting_record_is_claimed_by_whoever_asks() {
    let waits = waiting(&behind(4, &[2]), this_run(), noon(), OLD_STAMP);
    let asks = delivery(waits.id, 1, 0);
    let decision = claim(Some(&waits), &asks, noon(), NEW_TOKEN, NEW_STAMP);
    let ClaimDecision::Write { execution, .. } = decision else {
        panic!("{decision:?}");
    };
    assert_eq!((execution.state, execution.attempt), (Running, 1));
    assert_eq!(execution.waits_until, waits.waits_until);
}

#[test]
fn whoever_ends_an_upstream_asks_once_there_is_something_to_do() {
    let job = behind(4, &[2, 3]);
    let on = of(2, this_run());
    let waits = waiting(&job, this_run(), noon(), OLD_STAMP);
    let mut failed = record(of(4, this_run()), Skipped);
    failed.reason = Some(Reason::UpstreamFailed);
    let misfired = Execution {
        reason: Some(Reason::JobPaused),
        ..failed.clone()
    };
    let asks =
        |record: Option<&Execution>, gate| nudge(&job, this_run(), record, gate, noon(), Stamp(9));
    let is_sent = |record, gate| asks(record, gate) == Nudge::Send;
    assert!(is_sent(None, OPEN));
    assert!(is_sent(None, Gate::Failed(on)));
    assert!(is_sent(None, Gate::Paused));
    assert!(matches!(asks(None, Gate::Waits(on)), Nudge::Wait(_)));
    assert_eq!(asks(None, Gate::NotOwed), Nudge::Nothing);
    // What has fire times of its own has messages of its own.
    let own = with_its_own_times().jobs[&id(9)].clone();
    for gate in [OPEN, Gate::Waits(on), Gate::Failed(on)] {
        let nudged = nudge(&own, quarter_past(), None, gate, noon(), Stamp(9));
        assert_eq!(nudged, Nudge::Nothing, "{gate:?}");
    }
    assert!(is_sent(Some(&waits), OPEN));
    assert!(is_sent(Some(&waits), Gate::Failed(on)));
    assert_eq!(asks(Some(&waits), Gate::Waits(on)), Nudge::Nothing);
    // A redrive of what failed opens what was skipped for it; a duplicate of the failure does not go round again.
    assert!(is_sent(Some(&failed), OPEN));
    assert_eq!(asks(Some(&failed), Gate::Failed(on)), Nudge::Nothing);
    assert_eq!(asks(Some(&misfired), OPEN), Nudge::Nothing);
    for state in [Running, RetryWait, Succeeded, Dead, Canceled] {
        let record = record(of(4, this_run()), state);
        assert_eq!(asks(Some(&record), OPEN), Nudge::Nothing, "{state:?}");
    }
}

#[test]
fn what_was_skipped_for_an_upstream_runs_once_that_has_done_better() {
    let job = behind(4, &[2]);
    let skipped = Execution {
        reason: Some(Reason::UpstreamFailed),
        cause: Some(of(1, this_run())),
        job_version: Some(1),
        finished_at: Some(noon()),
        stands_for: Some(3),
        ..record(of(4, this_run()), Skipped)
    };
    let asks = delivery(skipped.id, 1, 0);
    let decide = |gate| {
        let job = Some(&job);
        reopened(&skipped, job, gate, &asks, noon(), NEW_TOKEN, NEW_STAMP)
    };
    let ClaimDecision::Write { execution, .. } = decide(OPEN) else {
        panic!("it is claimed");
    };
    assert_eq!(
        (execution.attempt, execution.cause, execution.finished_at),
        (1, None, None)
    );
    assert_eq!(execution.stands_for, Some(3));
    // Whatever its misfire policy says: it has waited.
    let own = with_its_own_times().jobs[&id(9)].clone();
    let late = Execution {
        id: of(9, quarter_past()),
        ..(*execution).clone()
    };
    let much_later = noon() + TimeDelta::hours(9);
    let judged = judge(
        &late,
        Some(owed(&own)),
        &delivery(late.id, 1, 0),
        much_later,
    );
    assert_eq!(judged, Judgement::Run);
    assert_eq!(
        decide(Gate::Failed(of(2, this_run()))),
        ClaimDecision::FollowUp
    );
}

#[test]
fn a_job_without_a_schedule_is_judged_by_when_it_governs_and_by_its_state() {
    let job = behind(4, &[2]);
    let asks = delivery(of(4, this_run()), 1, 0);
    let judged = |job: &Job| judge(&claimed(), Some(owed(job)), &asks, noon());
    assert_eq!(judged(&job), Judgement::Run);
    let newer = Job {
        effective_from: noon() + TimeDelta::seconds(1),
        ..job.clone()
    };
    assert_eq!(judged(&newer), Judgement::End(Skipped, Reason::Superseded));
    let paused = in_state(job, JobState::Paused);
    assert_eq!(judged(&paused), Judgement::End(Skipped, Reason::JobPaused));
}

#[test]
fn what_waits_for_others_needs_the_lock_unless_its_runs_may_overlap() {
    assert!(!needs_lock(&behind(4, &[2])), "allow is the default");
    assert!(needs_lock(&job(
        4,
        None,
        &[2],
        &json!({ "overlap": "queue" })
    )));
    assert!(needs_lock(&with_its_own_times().jobs[&id(9)]));
}

#[test]
fn lateness_counts_from_when_the_upstreams_had_ended() {
    let started = Execution {
        started_at: Some(noon() + TimeDelta::seconds(90)),
        ready_at: Some(noon() + TimeDelta::seconds(89)),
        ..claimed()
    };
    assert_eq!(started.lateness(), Some(TimeDelta::seconds(1)));
}

#[test]
fn bad_words_about_what_it_runs_after_are_refused_by_their_field() {
    let user = || UserId::new("ann").unwrap();
    let refused = |more: &Value| {
        let mut request = json!({ "name": "n", "job_type": "echo" });
        let fields = request.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let request: JobRequest = serde_json::from_value(request).unwrap();
        request.into_job(id(4), user(), noon()).unwrap_err().field
    };
    let many: Vec<_> = (10..31).map(id).collect();
    let cron = json!({ "kind": "cron", "expression": "0 9 * * *" });
    for (more, field) in [
        (json!({}), "schedule"),
        (json!({ "schedule": null }), "schedule"),
        (json!({ "schedule": { "kind": "after" } }), "schedule"),
        (json!({ "after": [id(4)] }), "after[0]"),
        (json!({ "after": [id(1), id(2), id(1)] }), "after[2]"),
        (json!({ "after": many }), "after"),
        (
            json!({ "schedule": cron, "after_condition": "all_finished" }),
            "after_condition",
        ),
        (
            json!({ "schedule": cron, "after_limit_seconds": 60 }),
            "after_limit_seconds",
        ),
        (json!({ "after": [id(1)], "max_runs": 3 }), "max_runs"),
        (
            json!({ "after": [id(1)], "spread_seconds": 3 }),
            "spread_seconds",
        ),
        (
            json!({ "after": [id(1)], "exclude_calendars": ["c"] }),
            "exclude_calendars",
        ),
    ] {
        assert_eq!(refused(&more), field, "{more}");
    }
}

#[test]
fn a_change_of_what_it_runs_after_leaves_earlier_runs_alone() {
    let before = behind(4, &[2]);
    let edited = |after: &[u128]| {
        let mut request = JobRequest::from_job(&before).unwrap();
        request.after = after.iter().map(|up| id(*up)).collect();
        request.into_edit_of(&before, noon()).unwrap()
    };
    assert_eq!(edited(&[2]).effective_from, before.effective_from);
    assert_eq!(
        edited(&[2, 3]).effective_from,
        noon() + TimeDelta::seconds(1)
    );
}
