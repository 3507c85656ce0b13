//! Cron read a second time, from crontab's own rules: it shares no line with the product, searches nothing, and asks of
//! every minute of real time whether it is due.

mod reading;
mod walk;

pub(crate) use reading::{Reading, Refusal};
