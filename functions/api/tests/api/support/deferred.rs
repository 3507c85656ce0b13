//! Deferred work in memory: what the API shows of it.

use std::sync::Mutex;

use punctual::port::{Backlog, Deferral, Deferred, PortResult, Section, Waiting};

use super::tables::{Tables, lock};

/// Backlogs, in the order in which they were put.
#[derive(Default)]
pub struct Backlogs(Mutex<Vec<(Backlog, Deferral)>>);

impl Tables {
    /// How many executions are deferred.
    pub fn waiting(&self) -> usize {
        lock(&self.waiting.0).len()
    }
}

impl Deferred for Tables {
    async fn defer(&self, backlog: &Backlog, entries: &[Deferral]) -> PortResult<()> {
        let entries = entries.iter().map(|entry| (backlog.clone(), entry.clone()));
        lock(&self.waiting.0).extend(entries);
        Ok(())
    }

    async fn deferred(&self, _: &Backlog, _: &Section, _: usize) -> PortResult<Vec<Deferral>> {
        unimplemented!("the API releases nothing")
    }

    async fn is_deferred(&self, backlog: &Backlog, entry: &Deferral) -> PortResult<bool> {
        let same = |(place, found): &(Backlog, Deferral)| {
            (place, found.execution_id(), found.priority)
                == (backlog, entry.execution_id(), entry.priority)
        };
        Ok(lock(&self.waiting.0).iter().any(same))
    }

    async fn count_deferred(&self, backlog: &Backlog, _: u64) -> PortResult<Waiting> {
        let waiting = lock(&self.waiting.0);
        let of_it = waiting.iter().filter(|(place, _)| place == backlog);
        let due = of_it.map(|(_, entry)| entry.message.occasion.fire_time());
        Ok(Waiting {
            count: due.clone().count() as u64,
            oldest: due.min(),
        })
    }

    async fn remove_deferred(&self, _: &Backlog, _: &[Deferral]) -> PortResult<()> {
        unimplemented!("the API releases nothing")
    }
}
