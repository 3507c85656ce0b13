//! Offers and workers in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use punctual::domain::pull::{PullWorker, WorkName};
use punctual::domain::{Execution, UserId, WorkerId};
use punctual::plan::{FollowUp, follow_up};
use punctual::port::{OfferedWork, Offers, PortResult, PullWorkers};

use super::tables::{Tables, lock};

#[derive(Default)]
pub struct Pull {
    offers: Mutex<Vec<OfferedWork>>,
    workers: Mutex<BTreeMap<WorkerId, PullWorker>>,
}

impl Pull {
    pub fn offer(&self, execution: &Execution) {
        if let FollowUp::Offer { work, .. } = follow_up(execution, super::now()) {
            lock(&self.offers).push(work);
        }
    }
}

impl Offers for Tables {
    async fn put_offer(&self, offer: &OfferedWork, _: DateTime<Utc>) -> PortResult<()> {
        self.wrote();
        let mut offers = lock(&self.pull.offers);
        if !offers.contains(offer) {
            offers.push(offer.clone());
        }
        Ok(())
    }

    async fn offers(
        &self,
        user: &UserId,
        work: &WorkName,
        limit: usize,
    ) -> PortResult<Vec<OfferedWork>> {
        let offers = lock(&self.pull.offers);
        let wanted = |offer: &&OfferedWork| offer.user == *user && offer.work == *work;
        let mut found: Vec<_> = offers.iter().filter(wanted).cloned().collect();
        found.sort_by_key(|offer| (offer.priority, offer.execution.occasion.fire_time()));
        found.truncate(limit);
        Ok(found)
    }

    async fn remove_offer(&self, offer: &OfferedWork) -> PortResult<()> {
        self.wrote();
        lock(&self.pull.offers).retain(|found| found != offer);
        Ok(())
    }
}

impl PullWorkers for Tables {
    async fn put_worker(&self, worker: &PullWorker) -> PortResult<()> {
        self.wrote();
        lock(&self.pull.workers).insert(worker.id, worker.clone());
        Ok(())
    }

    async fn worker(&self, user: &UserId, id: WorkerId) -> PortResult<Option<PullWorker>> {
        let found = lock(&self.pull.workers).get(&id).cloned();
        Ok(found.filter(|worker| worker.user == *user))
    }

    async fn workers(&self, user: &UserId) -> PortResult<Vec<PullWorker>> {
        let workers = lock(&self.pull.workers);
        let theirs = workers.values().filter(|worker| worker.user == *user);
        Ok(theirs.cloned().collect())
    }

    async fn remove_worker(&self, _: &UserId, id: WorkerId) -> PortResult<()> {
        self.wrote();
        lock(&self.pull.workers).remove(&id);
        Ok(())
    }
}
