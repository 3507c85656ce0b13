//! One run, from its seed to its verdict: in a thread of its own, on one simulated clock. The same scenario makes the same
//! run, event for event.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use punctual::domain::Window;

use crate::host::{
    ApiHost, Seat, Sim, Wired, begin, carriers, provision, reconcile_all, reconciliations,
};
use crate::log::Log;
use crate::oracle::{Law, Verdict, Violation, judge};
use crate::scenario::Scenario;
use crate::shown::shown;
use crate::time::{Era, simulated};
use crate::users::act;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was seen.
    pub log: Log,
    /// What the oracle says.
    pub verdict: Verdict,
}

/// How long what the last reconciliation sends again may take.
const MENDING: TimeDelta = TimeDelta::minutes(8);

/// How many processes the API has.
const APIS: u64 = 3;

/// Makes the run of `scenario`. Its events are kept in words if somebody `wants_words`.
///
/// # Panics
/// If the run's own machinery fails.
pub fn run(scenario: &Scenario, wants_words: bool) -> Outcome {
    simulated(async || live(scenario, wants_words).await)
}

async fn live(scenario: &Scenario, wants_words: bool) -> Outcome {
    let log = Log {
        lines: wants_words.then(Vec::new),
        ..Log::default()
    };
    let era = Era::begin(scenario.begin);
    let sim = Sim::new(scenario.seed, era, scenario.faults.clone(), log);
    provision(&sim);
    let inspector = Wired::new(Seat::new(&sim, "inspector", 0));
    begin(&inspector, era.now()).await;
    let mut hosts = carriers(&sim, scenario.end);
    if scenario.has_reconciler {
        hosts.spawn(reconciliations(Arc::clone(&sim), scenario.end));
    }
    let api = Arc::new(ApiHost::start(&sim, APIS));
    let ids = act(&sim, &api, scenario).await;
    era.sleep_until(scenario.end).await;
    let reconciled = match Window::new(scenario.begin, scenario.end) {
        Ok(window) => Box::pin(reconcile_all(&inspector, window)).await,
        Err(_) => None,
    };
    // What it has sent again is judged by then.
    era.sleep_until(scenario.end + MENDING).await;

    let mut found = BTreeMap::new();
    let mut unanswered = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        let Some(id) = id else { continue };
        let user = &scenario.jobs[number].user;
        match shown(&api, user, *id, scenario.begin, scenario.end).await {
            Ok(shown) => {
                found.insert(number, (*id, shown));
            }
            Err(what) => unanswered.push(Violation::of(Law::Answers, Some(era.now()), what)),
        }
    }
    drop(hosts);
    let log = std::mem::take(&mut *sim.log());
    let mut verdict = judge(scenario, &log, &found, reconciled.as_ref());
    verdict.violations.extend(unanswered);
    Outcome { log, verdict }
}
