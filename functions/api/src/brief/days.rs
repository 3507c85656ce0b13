//! Days of the week: by name, short or long and in any case, or by number with Sunday as 0 and as 7. One day has one
//! spelling from here on.

use punctual::domain::Invalid;
use serde_json::{Value, json};
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Array, ObjectBuilder, OneOfBuilder, Type};

const NAMES: [(&str, &str); 7] = [
    ("SUN", "SUNDAY"),
    ("MON", "MONDAY"),
    ("TUE", "TUESDAY"),
    ("WED", "WEDNESDAY"),
    ("THU", "THURSDAY"),
    ("FRI", "FRIDAY"),
    ("SAT", "SATURDAY"),
];

/// What a list of days looks like, for the document. Any case will do; one is shown.
pub fn days_of_week() -> Array {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(NAMES.iter().flat_map(|(short, long)| [*short, *long])));
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(NAMES.len()));
    let day = OneOfBuilder::new().item(name).item(number);
    ArrayBuilder::new()
        .items(day)
        .examples([json!(["MON", "FRI"])])
        .build()
}

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
