//! Days of the week: by name, short or long and in any case, or by number with Sunday as 0 and as 7. One day has one
//! spelling from here on.

use punctual::domain::Invalid;
use serde_json::Value;

const NAMES: [(&str, &str); 7] = [
    ("SUN", "SUNDAY"),
    ("MON", "MONDAY"),
    ("TUE", "TUESDAY"),
    ("WED", "WEDNESDAY"),
    ("THU", "THURSDAY"),
    ("FRI", "FRIDAY"),
    ("SAT", "SATURDAY"),
];

/// The cron field for `days`, each day once, from Sunday on.
///
/// # Errors
/// [`Invalid`] names the element at fault.
pub fn cron_field(days: &[Value]) -> Result<String, Invalid> {
    let mut chosen = [false; NAMES.len()];
    for (index, day) in days.iter().enumerate() {
        let number = number(day).ok_or_else(|| {
            Invalid::new(
                format!("job_schedule.days_of_week[{index}]"),
                "must be a day's name, such as MON or Monday, or a number from 0 (Sunday) to 7 (Sunday)",
            )
        })?;
        chosen[number % NAMES.len()] = true;
    }
    let names = NAMES.iter().zip(chosen).filter(|(_, chosen)| *chosen);
    let names: Vec<_> = names.map(|((short, _), _)| *short).collect();
    Ok(names.join(","))
}

fn number(day: &Value) -> Option<usize> {
    match day {
        Value::String(name) => NAMES.iter().position(|(short, long)| {
            name.eq_ignore_ascii_case(short) || name.eq_ignore_ascii_case(long)
        }),
        day => usize::try_from(day.as_u64()?)
            .ok()
            .filter(|number| *number <= NAMES.len()),
    }
}
