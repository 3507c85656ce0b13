//! Shows terms, and begins them.

use chrono::TimeDelta;
use clap::Args;
use punctual::domain::Minute;
use punctual::port::{Clock, ScanProgress, Terms};
use punctual::usecase::{Begun, From, World, begin_term};

use crate::Failure;

#[derive(Args)]
pub struct Options {
    /// The region that is to scan; without it, every region that there is, which is right where there is one
    #[arg(long)]
    region: Option<String>,
    /// How much of the past is scanned again. More than the last region may have lost: its queues' content, and what of
    /// its tables was not copied
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(0..=10_080))]
    window_minutes: u16,
    /// The last region is well, and carries out what it has dispatched: go on where its scanner has come
    #[arg(long, conflicts_with = "window_minutes")]
    hand_over: bool,
}

/// Prints the present term.
pub async fn show(world: &impl World) -> Result<(), Failure> {
    let term = world.store().term().await?;
    let region = term.region.as_deref().unwrap_or("every region");
    println!("term {}: {region} scans", term.number);
    match world.store().progress().await? {
        None => println!("nothing has been scanned yet"),
        Some(progress) => {
            let behind = Minute::of(world.clock().now()).start() - progress.low_water.start();
            println!(
                "every minute before {} is done; that is {} min {}",
                progress.low_water,
                behind.num_minutes().abs(),
                if behind > TimeDelta::zero() {
                    "behind the present one"
                } else {
                    "ahead of the present one"
                },
            );
        }
    }
    Ok(())
}

/// Begins a term, and prints it.
pub async fn begin(world: &impl World, options: &Options) -> Result<(), Failure> {
    let from = if options.hand_over {
        From::LowWater
    } else {
        From::Before(TimeDelta::minutes(options.window_minutes.into()))
    };
    match begin_term(world, options.region.clone(), from).await? {
        Begun::Yes(_) => show(world).await,
        Begun::Lost(term) => {
            show(world).await?;
            Err(format!("somebody else has begun term {} meanwhile", term.number).into())
        }
    }
}
