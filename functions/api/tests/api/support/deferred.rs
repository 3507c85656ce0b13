//! Deferred work in memory: what the API shows of it.

use std::sync::Mutex;

use punctual::port::{Backlog, Deferral, Deferred, PortResult, Section};

use super::tables::{Tables, lock};

/// Backlogs, in the order in which they were put.
#[derive(Default)]
pub struct Waiting(Mutex<Vec<(Backlog, Deferral)>>);

impl Deferred for Tables {
    async fn defer(&self, backlog: &Backlog, entries: &[Deferral]) -> PortResult<()> {
        let entries = entries.iter().map(|entry| (backlog.clone(), entry.clone()));
        lock(&self.waiting.0).extend(entries);
        Ok(())
    }

    async fn deferred(
        &self,
        backlog: &Backlog,
        section: &Section,
        limit: usize,
    ) -> PortResult<Vec<Deferral>> {
        let within = |entry: &Deferral| match section {
            Section::Whole => true,
            Section::OfUser {
                priority,
                user,
                from,
                until,
            } => {
                entry.priority == *priority
                    && entry.user == *user
                    && (*from..*until).contains(&entry.message.occasion.fire_time())
            }
            _ => unimplemented!("the API does not read on"),
        };
        let waiting = lock(&self.waiting.0);
        let found = waiting.iter().filter(|(place, _)| place == backlog);
        let found = found.map(|(_, entry)| entry).filter(|entry| within(entry));
        Ok(found.take(limit).cloned().collect())
    }

    async fn count_deferred(&self, backlog: &Backlog, _: u64) -> PortResult<u64> {
        let waiting = lock(&self.waiting.0);
        let count = waiting.iter().filter(|(place, _)| place == backlog).count();
        Ok(count as u64)
    }

    async fn remove_deferred(&self, _: &Backlog, _: &[Deferral]) -> PortResult<()> {
        unimplemented!("the API releases nothing")
    }
}
