//! Reads as much of a backlog as a tick can use, and something of every user: the backlog is sorted by user, and one who
//! waits for a hundred thousand must not hide the others.

use crate::port::{Backlog, Deferral, Deferred, PortResult, Section};
use crate::usecase::World;

/// How many entries a query is asked for. Of a user who fills a page, no more is read until every user was met.
const PAGE: usize = 100;

/// How many queries a tick makes of one backlog. It bounds how many users compete, and how long a tick takes.
const QUERIES: usize = 200;

/// At least `wanted` entries of the backlog, if it has as many, and some of every user. Fewer are all that there are, or
/// all that one tick reads.
pub(super) async fn read_waiting(
    world: &impl World,
    backlog: &Backlog,
    wanted: u64,
) -> PortResult<Vec<Deferral>> {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    // The last entries that were read of users of whom there may be more.
    let mut unread = Vec::new();
    let mut section = Section::Whole;
    let mut queries = 0;
    while queries < QUERIES {
        queries += 1;
        let page = world.store().deferred(backlog, &section, PAGE).await?;
        let is_full = page.len() == PAGE;
        let Some((first, last)) = page.first().zip(page.last()) else {
            break;
        };
        section = if is_of_same(first, last) && is_full {
            unread.push(last.clone());
            Section::AfterUser(last.priority, last.user.clone())
        } else {
            Section::After(last.clone())
        };
        found.extend(page);
        if !is_full {
            break;
        }
    }
    // In turns, a page each: what is read is as fair as what is released.
    while found.len() < wanted && !unread.is_empty() {
        for last in std::mem::take(&mut unread) {
            if queries == QUERIES {
                return Ok(found);
            }
            queries += 1;
            let section = Section::After(last.clone());
            let mut page = world.store().deferred(backlog, &section, PAGE).await?;
            page.retain(|entry| is_of_same(entry, &last));
            if page.len() == PAGE {
                unread.extend(page.last().cloned());
            }
            found.extend(page);
        }
    }
    Ok(found)
}

fn is_of_same(one: &Deferral, other: &Deferral) -> bool {
    (one.priority, &one.user) == (other.priority, &other.user)
}
