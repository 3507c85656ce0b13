//! What the jobs call: a server with a hard pool of connections. It refuses what is beyond the pool, becomes slow when more
//! than four fifths of it work, and keeps a book of how it fared. A process of its own, so its figures are its own.

mod book;
mod pool;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use punctual_local::HostError;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpSocket};

pub use self::book::Page;
use self::book::{Book, Working};
use self::pool::Pool;

/// How many connections it has. One more is refused.
pub const CONNECTIONS: usize = 200;

/// When more calls than this are under way, all take longer: four fifths of the pool.
const EASY: usize = CONNECTIONS * 4 / 5;

/// How much longer, with the whole pool at work: two more times. Less in proportion.
const SLOWEST_EXTRA: f64 = 2.0;

/// What the kernel lets wait to be accepted: refusing is for the pool to do.
const BACKLOG: u32 = 8_192;

/// What a call asks for.
#[derive(Deserialize)]
struct Ask {
    job: usize,
    work_ms: u64,
}

/// Serves on `port` of loopback, and its book on `book_port`, until it is killed.
pub async fn serve(port: u16, book_port: u16) -> Result<(), HostError> {
    let book = Arc::new(Book::default());
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let pool = Pool::new(socket.listen(BACKLOG)?, CONNECTIONS, Arc::clone(&book));
    let work = Router::new()
        .route("/{job_type}", get(work).post(work))
        .with_state(Arc::clone(&book));
    let shown = Router::new()
        .route("/", get(show))
        .route("/jobs", get(jobs))
        .with_state(book);
    let book_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, book_port)).await?;
    tokio::try_join!(async { axum::serve(pool, work).await }, async {
        axum::serve(book_listener, shown).await
    },)?;
    Ok(())
}

async fn work(State(book): State<Arc<Book>>, Query(ask): Query<Ask>) -> &'static str {
    let working = Working::begin(&book, ask.job);
    tokio::time::sleep(slowed(ask.work_ms, working.under_way())).await;
    "done"
}

async fn show(State(book): State<Arc<Book>>) -> Json<Page> {
    Json(book.page())
}

async fn jobs(State(book): State<Arc<Book>>) -> String {
    book.jobs().to_string()
}

/// How long work of `work_ms` takes with so many calls under way.
fn slowed(work_ms: u64, under_way: usize) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred calls")]
    let crowd = under_way.saturating_sub(EASY) as f64 / (CONNECTIONS - EASY) as f64;
    Duration::from_millis(work_ms).mul_f64(SLOWEST_EXTRA.mul_add(crowd, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_longer_beyond_four_fifths_of_the_pool() {
        assert_eq!(slowed(100, 1), Duration::from_millis(100));
        assert_eq!(slowed(100, 160), Duration::from_millis(100));
        assert_eq!(slowed(100, 180), Duration::from_millis(200));
        assert_eq!(slowed(100, 200), Duration::from_millis(300));
    }
}
