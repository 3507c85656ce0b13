//! Rebuilds the `due` table, page by page: not faster than it is told to, with its place kept in a file.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use punctual::port::Clock;
use punctual::usecase::{Rebuild, Rebuilt, World, rebuild_page};

use crate::Failure;
use crate::journey::{Journey, Place, next_page_at};

/// The largest page.
const PAGE: u32 = 25;

#[derive(Args)]
pub struct Options {
    /// Puts the hints and sends the messages. Without it, they are only counted
    #[arg(long)]
    for_real: bool,
    /// At most so many jobs a second
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// Messages may be lost, too: send what every job owes from this instant on
    #[arg(long)]
    since: Option<DateTime<Utc>>,
    /// Where its place is kept, so that it goes on there when it was stopped
    #[arg(long, default_value = "target/rebuild-due.json")]
    place_file: PathBuf,
}

/// Rebuilds, and says how far it is after every page.
pub async fn run(world: &impl World, options: &Options) -> Result<(), Failure> {
    let order = Rebuild {
        since: options.since,
        is_real: options.for_real,
    };
    let journey = Journey::new(&options.place_file);
    let mut place = begin_or_resume(&journey, options)?;
    let began = world.clock().now();
    let read_before = place.so_far.jobs;
    let page = PAGE.min(options.rate) as usize;
    loop {
        let asked = rebuild_page(world, order, place.cursor.as_deref(), page).await;
        let Some((found, next)) = asked? else {
            return Err("the place is not one of these tables': remove its file".into());
        };
        place.so_far.add(&found);
        place.cursor = next;
        eprintln!("{}", line(&place.so_far));
        if place.cursor.is_none() {
            break;
        }
        if order.is_real {
            journey.keep(&place)?;
        }
        let read = place.so_far.jobs - read_before;
        let next = next_page_at(began, read, options.rate);
        world.clock().sleep_until(next).await;
    }
    if order.is_real {
        journey.end()?;
    }
    let took = (world.clock().now() - began).as_seconds_f32();
    println!("{}", table(&place.so_far, order.is_real, took));
    Ok(())
}

/// Only what is for real has a place to keep.
fn begin_or_resume(journey: &Journey, options: &Options) -> Result<Place, Failure> {
    let fresh = Place {
        since: options.since,
        ..Place::default()
    };
    if !options.for_real {
        return Ok(fresh);
    }
    match journey.resume()? {
        None => Ok(fresh),
        Some(kept) if kept.since == options.since => {
            eprintln!("going on after {} jobs", kept.so_far.jobs);
            Ok(kept)
        }
        Some(kept) => Err(format!(
            "{} is of a rebuilding since {:?} that was stopped: finish it, or remove the file",
            options.place_file.display(),
            kept.since
        )
        .into()),
    }
}

fn line(so_far: &Rebuilt) -> String {
    format!(
        "{:>8} jobs   {:>8} broken chains   {:>8} messages",
        so_far.jobs, so_far.broken, so_far.messages
    )
}

fn table(rebuilt: &Rebuilt, is_real: bool, took: f32) -> String {
    let (hints, messages) = if is_real {
        ("started again", "messages sent")
    } else {
        ("to be started again", "messages to be sent")
    };
    let rows = [
        ("jobs read", rebuilt.jobs),
        ("chains that go on, or are not wanted", rebuilt.whole),
        (&format!("chains {hints}"), rebuilt.broken),
        (messages, rebuilt.messages),
        ("jobs that cannot be read", rebuilt.unreadable),
    ];
    let rows = rows.map(|(name, count)| format!("{name:<38}{count:>9}\n"));
    let ending = if is_real {
        ""
    } else {
        "\nnothing was changed: --for-real does it"
    };
    format!("{}seconds{took:>40.1}{ending}", rows.concat())
}
