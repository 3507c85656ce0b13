//! Bookmarks of chores, in the `control` table. One that is lost costs a walk from the start.

use super::DynamoStore;
use super::item::{expire, key, text, text_of};
use crate::domain::UserId;
use crate::edge::SystemClock;
use crate::port::{Bookmarks, Clock, PortResult};
use chrono::TimeDelta;

const GET: &str = "dynamodb.GetItem control";
const RETENTION: TimeDelta = TimeDelta::days(30);
const AT: &str = "at";

fn bookmark_key(owner: &UserId, chore: &str) -> super::item::Item {
    key(text(format!("BOOKMARK#{owner}")), text(chore))
}

impl Bookmarks for DynamoStore {
    async fn bookmark(&self, owner: &UserId, chore: &'static str) -> PortResult<Option<String>> {
        let item = self
            .get(GET, &self.control, bookmark_key(owner, chore))
            .await?;
        let at = item.map(|item| text_of(&item, AT).to_owned());
        Ok(at.filter(|at| !at.is_empty()))
    }

    async fn keep_bookmark(
        &self,
        owner: &UserId,
        chore: &'static str,
        at: Option<&str>,
    ) -> PortResult<()> {
        let mut item = bookmark_key(owner, chore);
        item.insert(AT.to_owned(), text(at.unwrap_or_default()));
        expire(&mut item, SystemClock.now() + RETENTION);
        self.put_control(item).await
    }
}
