//! Keeps copying one region's tables to the other's, until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use punctual_tests::{Copier, Late};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::Broken;
use crate::region::{NAMESPACE, Region};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(2);

/// A copier at work.
pub struct Copying {
    copier: Arc<Mutex<Copier>>,
    task: JoinHandle<()>,
}

impl Copying {
    /// Begins to copy.
    pub async fn begin(from: &Region, to: &Region, lag: Duration) -> Result<Self, Broken> {
        let (from, to) = (&from.clients.dynamodb, &to.clients.dynamodb);
        let copier = Copier::new(from.clone(), to.clone(), NAMESPACE, lag).await?;
        let copier = Arc::new(Mutex::new(copier));
        let task = tokio::spawn(keep_copying(Arc::clone(&copier)));
        Ok(Self { copier, task })
    }

    /// Stops between two steps, and returns how many changes have not arrived.
    pub async fn stop(&self) -> usize {
        let copier = self.copier.lock().await;
        self.task.abort();
        copier.pending()
    }

    /// Waits until nothing is on its way.
    pub async fn until_caught_up(&self) {
        while !self.copier.lock().await.has_caught_up() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The source is back: what had not arrived arrives now.
    pub async fn arrive_late(self) -> Result<Late, Broken> {
        // It has been stopped; once its task is gone, the copier is ours alone.
        let _ = self.task.await;
        let copier = Arc::into_inner(self.copier).ok_or("the copier still runs")?;
        copier.into_inner().arrive_late().await
    }
}

async fn keep_copying(copier: Arc<Mutex<Copier>>) {
    loop {
        if let Err(error) = copier.lock().await.step().await {
            println!("  the copier: {error}");
        }
        tokio::time::sleep(LOOK).await;
    }
}
