//! Crontabs, as crontab(5) says: Vixie's, with what cronie adds. Reading is pure. Whatever a line says is either an entry,
//! a setting for those after it, or refused with the reason; nothing is passed over in silence.

mod entry;
mod job;
mod plain;
mod read;

pub use self::entry::{Entry, Refused};
pub use self::job::{Manner, Planned};
pub use self::read::{Crontab, Form, read};
