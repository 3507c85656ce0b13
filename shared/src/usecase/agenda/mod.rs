//! The agenda: taken and kept by one who has the time to read every job, known to everybody who forecasts, or who looks for
//! a quiet second.

mod changes;
mod forecast;
mod load;
mod place;
mod take;
mod watch;
mod weigh;

pub use forecast::{Ahead, Foreseen, forecast_load, forecast_minute};
pub(super) use place::{count_placed, look_for_place, place, place_in_edit};
pub use take::{Taken, take_agenda};
pub use watch::{AgendaWatch, MOST_CHANGES, PresentAgenda};
pub use weigh::{Weighed, weigh};
