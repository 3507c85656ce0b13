//! From the dialect that cron's users know to the engine's. The engine counts Sunday as 1, wants a seconds field, and
//! takes both day fields together; users count Sunday as 0 or 7, and two restricted day fields mean "either".

use std::str::FromStr;
use std::sync::Arc;

use cron::Schedule as Engine;

use super::field::{DAY_OF_MONTH, DAY_OF_WEEK, Parsed};
use super::fields::Fields;

/// An expression, ready to be searched.
#[derive(Clone, Debug)]
pub(super) struct Translation {
    /// Either matches.
    pub(super) engines: Arc<[Engine]>,
}

impl Translation {
    /// Translates `fields`, or says what is wrong with them.
    pub(super) fn new(fields: &Fields) -> Result<Self, String> {
        let engine = |day_of_month: &Parsed, day_of_week: &Parsed| {
            let fields = [
                &fields.second,
                &fields.minute,
                &fields.hour,
                day_of_month,
                &fields.month,
                day_of_week,
            ];
            let text = fields.map(Parsed::engine_text).join(" ");
            Engine::from_str(&text).map_err(|error| format!("cannot be evaluated: {error}"))
        };
        let engines = if fields.either_day() {
            vec![
                engine(&fields.day_of_month, &DAY_OF_WEEK.every())?,
                engine(&DAY_OF_MONTH.every(), &fields.day_of_week)?,
            ]
        } else {
            vec![engine(&fields.day_of_month, &fields.day_of_week)?]
        };
        Ok(Self {
            engines: engines.into(),
        })
    }
}
