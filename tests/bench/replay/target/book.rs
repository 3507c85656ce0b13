//! The target's book: how many connections were open at most in each tenth of a second, what was refused, who called.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use punctual::edge::SystemClock;
use punctual::port::Clock;
use serde::{Deserialize, Serialize};

/// How long a line of the book is, in milliseconds.
const LINE_MS: i64 = 100;

/// What is written down of a tenth of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The most connections that were open at once.
    pub open: usize,
    /// Connections that were refused.
    pub refused: usize,
    /// Calls that began.
    pub calls: usize,
}

/// The book, as it is shown.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Page {
    /// By when they begin, in milliseconds since 1970.
    pub lines: BTreeMap<i64, Line>,
    /// The most calls that were under way at once.
    pub peak_under_way: usize,
    /// How many jobs called.
    pub jobs: usize,
    /// How many of them called more than once.
    pub repeated: usize,
}

impl Page {
    /// The most connections that were open at once.
    pub fn peak_open(&self) -> usize {
        self.lines.values().map(|line| line.open).max().unwrap_or(0)
    }

    /// Connections that were refused.
    pub fn refused(&self) -> usize {
        self.lines.values().map(|line| line.refused).sum()
    }
}

/// The book, as it is kept.
#[derive(Debug, Default)]
pub struct Book(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    lines: BTreeMap<i64, Line>,
    open: usize,
    under_way: usize,
    peak_under_way: usize,
    calls: BTreeMap<usize, usize>,
}

impl Entries {
    /// The present line; what is open is open from its beginning on.
    fn line(&mut self) -> &mut Line {
        let now_ms = SystemClock.now().timestamp_millis();
        let line = self.lines.entry(now_ms - now_ms % LINE_MS).or_default();
        line.open = line.open.max(self.open);
        line
    }
}

impl Book {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a connection, unless so many are open. Returns whether it did.
    pub fn open(&self, most: usize) -> bool {
        let mut entries = self.entries();
        if entries.open >= most {
            entries.line().refused += 1;
            return false;
        }
        entries.open += 1;
        entries.line();
        true
    }

    /// Closes a connection.
    pub fn close(&self) {
        let mut entries = self.entries();
        entries.line();
        entries.open -= 1;
    }

    /// How many jobs have called.
    pub fn jobs(&self) -> usize {
        self.entries().calls.len()
    }

    /// What it says so far.
    pub fn page(&self) -> Page {
        let entries = self.entries();
        Page {
            lines: entries.lines.clone(),
            peak_under_way: entries.peak_under_way,
            jobs: entries.calls.len(),
            repeated: entries.calls.values().filter(|calls| **calls > 1).count(),
        }
    }
}

/// A call from its beginning to its answer, or until its caller has gone.
pub struct Working {
    book: Arc<Book>,
    under_way: usize,
}

impl Working {
    /// Begins a call by `job`.
    pub fn begin(book: &Arc<Book>, job: usize) -> Self {
        let mut entries = book.entries();
        entries.line().calls += 1;
        *entries.calls.entry(job).or_default() += 1;
        entries.under_way += 1;
        entries.peak_under_way = entries.peak_under_way.max(entries.under_way);
        Self {
            under_way: entries.under_way,
            book: Arc::clone(book),
        }
    }

    /// How many were under way when it began, itself included.
    pub fn under_way(&self) -> usize {
        self.under_way
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.book.entries().under_way -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_beyond_the_pool_is_refused_until_one_closes() {
        let book = Book::default();
        assert!(book.open(2));
        assert!(book.open(2));
        assert!(!book.open(2));
        book.close();
        assert!(book.open(2));
        let page = book.page();
        assert_eq!((page.peak_open(), page.refused()), (2, 1));
    }

    #[test]
    fn a_job_that_calls_twice_is_told_from_two_jobs() {
        let book = Arc::new(Book::default());
        drop(Working::begin(&book, 1));
        let second = Working::begin(&book, 2);
        let again = Working::begin(&book, 1);
        assert_eq!(again.under_way(), 2);
        drop((second, again));
        let page = book.page();
        assert_eq!((page.jobs, page.repeated, page.peak_under_way), (2, 1, 2));
    }
}
