//! What causes starts: a user, a type of job and, of some jobs, a host that they call. Whoever sums, sums by all three.

use crate::domain::AgendaEntry;

/// One thing for each way of saying what causes starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Causes<T> {
    /// By whose jobs they are.
    pub users: T,
    /// By which types they have.
    pub job_types: T,
    /// By which hosts they call, if they call any.
    pub targets: T,
}

impl<T> Causes<T> {
    /// Does `add` once for each name under which `entry` causes starts.
    pub(super) fn add<'a>(&mut self, entry: &'a AgendaEntry, mut add: impl FnMut(&mut T, &'a str)) {
        add(&mut self.users, entry.user.as_str());
        add(&mut self.job_types, &entry.job_type);
        if let Some(target) = &entry.target {
            add(&mut self.targets, target);
        }
    }

    /// The same of what `turn` makes of each.
    pub fn map<U>(self, turn: impl Fn(T) -> U) -> Causes<U> {
        Causes {
            users: turn(self.users),
            job_types: turn(self.job_types),
            targets: turn(self.targets),
        }
    }
}
