//! How long forecasts of 100,000 jobs take, and how much work they are, for fleets that are easy and fleets that are not.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "of the mix only the whole hour is taken")
)]
#[path = "replay/mix.rs"]
mod mix;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::schedule::{Schedule, ScheduleRequest};
use punctual::domain::{
    Agenda, AgendaEntry, Invalid, JobId, PerBand, SpreadSeconds, UserId, Window, Work,
};
use punctual::plan::forecast::what_if::{Assumptions, Change, SpreadChange, what_if};
use punctual::plan::forecast::{Filter, forecast};
use serde_json::{Value, json};

use crate::mix::Mix;

const JOBS: usize = 100_000;
const USERS: usize = 500;
const ZONES: [&str; 4] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"];

/// A number that looks like chance, the same at every run.
fn chance(of: usize, below: usize) -> usize {
    let mixed = (of as u64 ^ 0x5555).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    usize::try_from(mixed >> 33).unwrap_or_default() % below
}

fn cron(expression: &str, zone: usize) -> Value {
    json!({ "kind": "cron", "expression": expression, "timezone": ZONES[zone % ZONES.len()] })
}

/// As people schedule: the minutes are those of the replayed mix; most fire daily, some hourly, some on working days.
fn realistic() -> Vec<(Value, u32)> {
    let minutes = Mix::hour(JOBS).0;
    let minutes = minutes
        .iter()
        .flat_map(|(minute, jobs)| std::iter::repeat_n(*minute, *jobs));
    let schedule = |(index, minute): (usize, u32)| {
        let (hour, zone) = (chance(index, 24), chance(index + 1, 10));
        let schedule = match chance(index + 2, 20) {
            0..9 => cron(&format!("{minute} {hour} * * *"), zone),
            9..14 => cron(&format!("{minute} * * * *"), zone),
            14..16 => cron(&format!("{minute} {hour} * * MON-FRI"), zone),
            16 => cron("*/5 * * * *", zone),
            17 => cron("* * * * *", zone),
            _ => {
                let period = [300, 900, 3_600, 86_400][index % 4];
                json!({ "kind": "every", "seconds": period })
            }
        };
        (schedule, if chance(index + 3, 10) == 0 { 900 } else { 0 })
    };
    (0..).zip(minutes).map(schedule).collect()
}

/// Each at a second of its own.
fn hashed() -> Vec<(Value, u32)> {
    let expressions = ["H H * * * *", "H H H * * *", "H H/10 * * * *"];
    let schedule = |index: usize| (cron(expressions[index % 3], index), 0);
    (0..JOBS).map(schedule).collect()
}

/// No two alike.
fn different() -> Vec<(Value, u32)> {
    let schedule = |index: usize| {
        let [one, two] = [chance(index, 30), 30 + chance(index + 1, 30)];
        let [early, late] = [chance(index + 2, 12), 12 + chance(index + 3, 12)];
        let day = chance(index + 4, 28) + 1;
        let expression = format!("{} {one},{two} {early},{late} {day}-31 * *", index % 60);
        (cron(&expression, index), 0)
    };
    (0..JOBS).map(schedule).collect()
}

/// As much as may be.
fn heavy() -> Vec<(Value, u32)> {
    let schedule = |index: usize| {
        let schedule = match index % 4 {
            0 => cron("* * * * *", index / 4),
            1 => cron(&format!("{} */1 * * * *", index / 4 % 60), index / 4),
            2 => cron(&format!("*/{} * * * * *", 10 + index / 4 % 20), index / 4),
            _ => json!({ "kind": "every", "seconds": 10 + index / 4 % 500 }),
        };
        (schedule, 60 * u32::try_from(index % 2).unwrap_or(0))
    };
    (0..JOBS).map(schedule).collect()
}

fn agenda(
    fleet: &[(Value, u32)],
    now: DateTime<Utc>,
) -> Result<Agenda, Box<dyn std::error::Error>> {
    let entry = |(index, (schedule, spread)): (usize, &(Value, u32))| {
        let random = (index as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let id = JobId::from_random(random);
        let asked: ScheduleRequest = serde_json::from_value(schedule.clone())?;
        let created = now - TimeDelta::seconds(i64::try_from(chance(index, 1_000_000))?);
        let template = json!({
            "id": id, "user": UserId::new(&format!("user-{}", index % USERS))?, "job_type": "http",
            "target": format!("host-{}.example", index % 50),
            "schedule": ScheduleRequest::from(Schedule::from_request(&asked, created, id.seed())?),
            "spread": SpreadSeconds::try_from(*spread)?.of_job(id),
        });
        Ok::<AgendaEntry, Box<dyn std::error::Error>>(serde_json::from_value(template)?)
    };
    let entries: Result<Vec<_>, _> = (0..).zip(fleet).map(entry).collect();
    Ok(Agenda {
        taken_at: now,
        entries: entries?,
        is_whole: true,
    })
}

/// The best of a few.
fn timed<T>(run: impl Fn() -> T) -> (Duration, T) {
    let once = || {
        let began = Instant::now();
        let result = run();
        (began.elapsed(), result)
    };
    let first = once();
    (0..2).map(|_| once()).fold(
        first,
        |best, next| {
            if next.0 < best.0 { next } else { best }
        },
    )
}

fn windows(now: DateTime<Utc>) -> Result<[(&'static str, Window); 3], Invalid> {
    let window = |span| Window::new(now, now + span);
    Ok([
        ("an hour", window(TimeDelta::hours(1))?),
        ("a day", window(TimeDelta::days(1))?),
        ("30 days", window(TimeDelta::days(30))?),
    ])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Clocks change in America within the 30 days.
    let now: DateTime<Utc> = "2026-10-26T12:00:00Z".parse()?;
    println!("| 100,000 jobs | stretch | time | work | starts | estimated jobs |");
    println!("|---|---|--:|--:|--:|--:|");
    for (name, fleet) in [
        ("realistic", realistic()),
        ("each its own second, by `H`", hashed()),
        ("no two alike", different()),
        ("as heavy as may be", heavy()),
    ] {
        let agenda = agenda(&fleet, now)?;
        for (span, window) in windows(now)? {
            let (took, found) = timed(|| forecast(&agenda, &Filter::default(), window));
            let estimated = found.sample.map_or_else(
                || "none".to_owned(),
                |sample| format!("{}, 1 of {}", sample.jobs, sample.one_of),
            );
            let (work, total) = (found.work, found.total);
            println!(
                "| {name} | {span} | {} ms | {work} | {total} | {estimated} |",
                took.as_millis()
            );
        }
        let work = Work {
            runs: 1_000_000,
            busy_ms: 300_000_000,
        };
        let deployed = Assumptions::of(PerBand::of(|_| 500), PerBand::of(|_| work), 64);
        let change = Change {
            spread: Some(SpreadChange {
                window: SpreadSeconds::try_from(900)?,
                by_load: true,
            }),
            ..Change::default()
        };
        let [_, (span, day), _] = windows(now)?;
        let asked = || what_if(&agenda, &change, &Filter::default(), day, &deployed);
        let (took, _) = timed(asked);
        println!(
            "| {name}, spread by load | {span} | {} ms | | | |",
            took.as_millis()
        );
    }
    Ok(())
}
