//! What happens by the clock: two triggers a minute for the scanner, and the reconciler every hour.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Minute, PerBand, Reconciliation, Window};
use punctual::port::{Clock, ScanProgress};
use punctual::usecase::{Bounds, World as _, reconcile};
use tokio::sync::Mutex;

use super::ports::Wired;
use super::{Seat, Sim};
use crate::fault::Fault;

/// How many executions each band can have under way at once, as far as the scanner knows: more than there ever are.
pub(super) const PLACES: u32 = 400;

/// The scanner's timeout, by the template, and the reconciler's.
const TICK: Duration = Duration::from_secs(55);
const RECONCILIATION: Duration = Duration::from_mins(10);

/// How many processes the scanner has.
const SCANNERS: u64 = 3;

/// Ticks every minute, until `end`.
pub async fn ticks(sim: Arc<Sim>, end: DateTime<Utc>) {
    let mut scanners = Vec::new();
    for number in 0..SCANNERS {
        let wired = Wired::new(Seat::new(&sim, "scanner", number));
        scanners.push(Arc::new(Mutex::new(wired)));
    }
    let chance = sim.seed.stream("ticks", 0);
    let mut minute = Minute::of(sim.era.now());
    for turn in 0.. {
        minute = minute.plus(1);
        let at = minute.start()
            + TimeDelta::milliseconds(i64::try_from(chance.between(5, 900)).unwrap_or(0));
        if at >= end {
            return;
        }
        sim.era.sleep_until(at).await;
        let befalls = |fault| {
            let strikes = sim.plan.strikes(fault, &chance, at);
            if strikes {
                sim.log().fault(at, fault, None);
            }
            strikes
        };
        let (is_lost, is_late, is_double) = (
            befalls(Fault::LostTick),
            befalls(Fault::LateTick),
            befalls(Fault::DoubleTick),
        );
        let delay = Duration::from_millis(if is_late {
            chance.between(2_000, 59_000)
        } else {
            0
        });
        let apart = Duration::from_millis(chance.between(0, 1_500));
        if sim.plan.is_out(Fault::NoTicks, at) {
            sim.log().fault(at, Fault::NoTicks, None);
            continue;
        }
        if is_lost {
            continue;
        }
        let scanner = |number: usize| Arc::clone(&scanners[number % scanners.len()]);
        tokio::spawn(tick(scanner(turn), delay));
        if is_double {
            tokio::spawn(tick(scanner(turn + 1), delay + apart));
        }
    }
}

async fn tick(scanner: Arc<Mutex<Wired>>, delay: Duration) {
    tokio::time::sleep(delay).await;
    let wired = scanner.lock().await;
    let world = wired.world();
    let deadline = wired.seat.clock().now() + TimeDelta::seconds(55);
    let tick = punctual_scanner::handle(&world, PerBand::of(|_| PLACES), deadline);
    // A tick that fails is made up for by the next one.
    let _ = Box::pin(wired.seat.live(TICK, Vec::new(), tick)).await;
}

/// Reconciles every hour, until `end`.
pub async fn reconciliations(sim: Arc<Sim>, end: DateTime<Utc>) {
    let wired = Wired::new(Seat::new(&sim, "reconciler", 0));
    loop {
        let next = sim.era.now() + TimeDelta::hours(1);
        if next >= end {
            return;
        }
        sim.era.sleep_until(next).await;
        Box::pin(reconcile_once(&wired)).await;
    }
}

async fn reconcile_once(wired: &Wired) {
    let world = wired.world();
    let deadline = wired.seat.clock().now() + TimeDelta::seconds(600);
    let reconciliation = punctual_reconciler::handle(&world, deadline);
    // One that fails is made up for by the next one.
    let _ = Box::pin(wired.seat.live(RECONCILIATION, Vec::new(), reconciliation)).await;
}

/// Reconciles all of `window` at once, once nothing goes wrong any more. `None` if that fails.
pub async fn reconcile_all(wired: &Wired, window: Window) -> Option<Reconciliation> {
    let world = wired.world();
    let bounds = Bounds::until(wired.seat.clock().now() + TimeDelta::days(1));
    let reconciled = wired.seat.live(
        RECONCILIATION,
        Vec::new(),
        reconcile(&world, window, None, bounds),
    );
    Box::pin(reconciled).await.ok()?.ok()?
}

/// Says from when on there is a scanner.
pub async fn begin(wired: &Wired, now: DateTime<Utc>) {
    let world = wired.world();
    let begun = world.store().begin_at(Minute::of(now));
    let _ = wired.seat.live(TICK, Vec::new(), begun).await;
}
