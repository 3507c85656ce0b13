//! When the load's jobs fire, computed without the product's code: multiples of a period, one instant, or full minutes.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::evidence::{Schedule, Version};

/// The fire times of `schedule` from `from` up to, but not including, `until`.
pub fn fire_times(
    schedule: &Schedule,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let (first, period) = match schedule {
        Schedule::Once { at } => {
            return [*at]
                .into_iter()
                .filter(|at| (from..until).contains(at))
                .collect();
        }
        Schedule::Every { seconds, anchor_at } => (*anchor_at, *seconds),
        Schedule::Cron { .. } => (DateTime::UNIX_EPOCH, 60),
    };
    let period = period.max(1);
    let behind = (from - first).num_milliseconds().max(0);
    let skipped = (behind + period * 1_000 - 1) / (period * 1_000);
    let step = TimeDelta::seconds(period);
    let next = |at: &DateTime<Utc>| Some(*at + step).filter(|at| *at < until);
    let begin = first + TimeDelta::seconds(skipped * period);
    std::iter::successors(Some(begin).filter(|at| *at < until), next).collect()
}

/// Whether `schedule` has `at`.
pub fn has(schedule: &Schedule, at: DateTime<Utc>) -> bool {
    fire_times(schedule, at, at + TimeDelta::milliseconds(1)) == [at]
}

/// The first whole second after a change: from then on it governs.
pub fn next_second(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::seconds(1)).unwrap_or(at) + TimeDelta::seconds(1)
}

/// From when on each of `versions`, oldest first, says what fires: a create, a resume, and an edit of the schedule begin
/// anew; everything else goes on as before.
pub fn effective_from(versions: &[Version]) -> Vec<DateTime<Utc>> {
    let mut found: Vec<DateTime<Utc>> = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| versions.get(index));
        let begins_anew = match before {
            None => true,
            Some(before) => {
                version.action == "resume"
                    || version.definition.schedule != before.definition.schedule
            }
        };
        let inherited = found.last().copied().filter(|_| !begins_anew);
        found.push(inherited.unwrap_or_else(|| next_second(version.at)));
    }
    found
}

/// What a job owes up to, but not including, `until`: each instant with the index of the version that governs it. Skips
/// are not looked at: they show in what became of an instant.
pub fn owed(versions: &[Version], until: DateTime<Utc>) -> Vec<(DateTime<Utc>, usize)> {
    let effective = effective_from(versions);
    let mut found = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        let from = next_second(version.at).max(effective[index]);
        let end = versions
            .get(index + 1)
            .map_or(until, |next| next_second(next.at).min(until));
        if ["active", "completed"].contains(&version.status.as_str()) {
            let times = fire_times(&version.definition.schedule, from, end);
            found.extend(times.into_iter().map(|at| (at, index)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Definition;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-11-28T{text}Z").parse().unwrap()
    }

    fn every(seconds: i64, anchor: &str) -> Schedule {
        Schedule::Every {
            seconds,
            anchor_at: at(anchor),
        }
    }

    fn version(number: u64, made: &str, action: &str, status: &str, schedule: Schedule) -> Version {
        Version {
            version: number,
            at: at(made),
            action: action.to_owned(),
            status: status.to_owned(),
            definition: Definition {
                name: "1".to_owned(),
                schedule,
                timeout_seconds: 5,
            },
        }
    }

    #[test]
    fn a_period_is_counted_from_its_anchor() {
        let schedule = every(10, "12:00:03");
        let found = fire_times(&schedule, at("12:00:13"), at("12:00:33"));
        assert_eq!(found, [at("12:00:13"), at("12:00:23")]);
        assert_eq!(
            fire_times(&schedule, at("11:00:00"), at("12:00:04")),
            [at("12:00:03")]
        );
        assert!(has(&schedule, at("12:01:03")) && !has(&schedule, at("12:01:04")));
    }

    #[test]
    fn full_minutes_and_single_instants() {
        let cron = Schedule::Cron {
            expression: "* * * * *".to_owned(),
        };
        assert_eq!(
            fire_times(&cron, at("12:00:01"), at("12:02:01")),
            [at("12:01:00"), at("12:02:00")]
        );
        let once = Schedule::Once { at: at("12:00:05") };
        assert_eq!(
            fire_times(&once, at("12:00:05"), at("12:00:06")),
            [at("12:00:05")]
        );
        assert!(fire_times(&once, at("12:00:06"), at("13:00:00")).is_empty());
    }

    #[test]
    fn nothing_is_owed_in_a_pause_and_a_resume_begins_anew() {
        let schedule = every(10, "12:00:00");
        let versions = [
            version(1, "12:00:00.500", "create", "active", schedule.clone()),
            version(2, "12:00:15.500", "pause", "paused", schedule.clone()),
            version(3, "12:00:30.500", "resume", "active", schedule),
        ];
        let instants: Vec<_> = owed(&versions, at("12:00:50"))
            .into_iter()
            .map(|(at, _)| at)
            .collect();
        assert_eq!(instants, [at("12:00:10"), at("12:00:40")]);
    }

    #[test]
    fn an_edit_of_the_name_alone_changes_nothing_of_what_is_owed() {
        let schedule = every(10, "12:00:00");
        let versions = [
            version(1, "12:00:00.500", "create", "active", schedule.clone()),
            version(2, "12:00:10.500", "edit", "active", schedule),
        ];
        assert_eq!(effective_from(&versions), [at("12:00:01"), at("12:00:01")]);
        assert_eq!(
            owed(&versions, at("12:00:25")),
            [(at("12:00:10"), 0), (at("12:00:20"), 1)]
        );
    }
}
