//! How numbers and limits are said.

use crate::outcome::{Limit, Outcome};
use crate::settings::Setting;
use crate::time::{Micros, seconds};

/// A lateness, or "never".
pub fn late(time: Option<Micros>) -> String {
    time.map_or_else(|| "never".to_owned(), duration)
}

/// A length of time, with two or three digits of it.
pub fn duration(time: Micros) -> String {
    let s = seconds(time);
    if s < 1.0 {
        format!("{:.0} ms", s * 1_000.0)
    } else if s < 10.0 {
        format!("{s:.1} s")
    } else if s < 120.0 {
        format!("{s:.0} s")
    } else {
        format!("{:.0} min", s / 60.0)
    }
}

/// A count, with commas.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut said = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// Money, in three digits.
pub fn dollars(amount: f64) -> String {
    if amount >= 1_000.0 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and no more than there is"
        )]
        let whole = amount.round() as u64;
        format!("${}", count(whole))
    } else if amount >= 100.0 {
        format!("${amount:.0}")
    } else if amount >= 0.995 {
        format!("${amount:.2}")
    } else {
        format!("${amount:.3}")
    }
}

/// What was moved.
pub fn moved(settings: &[Setting]) -> String {
    if settings.is_empty() {
        return "—".to_owned();
    }
    let said: Vec<_> = settings.iter().map(ToString::to_string).collect();
    said.join(", ")
}

/// What limited a row.
pub fn limits(outcome: &Outcome) -> String {
    let said: Vec<_> = outcome.limits().into_iter().map(limit).collect();
    if said.is_empty() {
        "—".to_owned()
    } else {
        said.join(", ")
    }
}

fn limit(limit: Limit) -> &'static str {
    match limit {
        Limit::Scanner => "scanner",
        Limit::Admission => "admission",
        Limit::Ramp => "ramp",
        Limit::Concurrency => "concurrency",
        Limit::Account => "account",
        Limit::NewEnvironments => "new environments",
        Limit::InFlight => "in flight",
        Limit::Holds => "holds' key",
        Limit::Executions => "`executions`",
        Limit::Jobs => "`jobs`",
    }
}
