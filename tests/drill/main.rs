//! The drill: two regions on this machine, with a lossy copier between them; one of them is lost under load. It goes through
//! the checklist - baseline, kill, promote, verify, test jobs, fail back - and prints what was lost, and for how long.

mod copying;
mod course;
mod load;
mod region;
mod table;
mod verdict;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;

use self::course::Course;

/// Why the drill could not go on.
type Broken = Box<dyn Error + Send + Sync>;

/// Loses a region under load, and goes on in another
#[derive(Parser)]
#[command(name = "drill")]
struct Options {
    /// How much later a change arrives in the other region
    #[arg(long, default_value_t = 5)]
    lag_seconds: u64,
    /// How long the first region runs before it is lost
    #[arg(long, default_value_t = 90)]
    baseline_seconds: i64,
    /// How many jobs the first region has that fire every 15 s, and ten times as many once each
    #[arg(long, default_value_t = 20)]
    recurring: usize,
    /// How many jobs prove the promoted region
    #[arg(long, default_value_t = 1_000)]
    jobs: usize,
    /// The first of four ports in a row
    #[arg(long, default_value_t = 4750)]
    port: u16,
    /// Where state and logs are
    #[arg(long, default_value = "target/drill")]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Broken> {
    let options = Options::parse();
    if options.folder.exists() {
        std::fs::remove_dir_all(&options.folder)?;
    }
    let mut course = Box::pin(Course::begin(&options)).await?;
    Box::pin(course.baseline()).await?;
    Box::pin(course.lose_west()).await?;
    Box::pin(course.promote_east()).await?;
    Box::pin(course.verify()).await?;
    Box::pin(course.test_east()).await?;
    Box::pin(course.bring_west_back()).await?;
    Box::pin(course.hand_over()).await?;
    let (table, passed) = course.end().await?;
    println!("\n{table}");
    if passed {
        println!("passed");
        Ok(())
    } else {
        Err("the drill failed: see its table".into())
    }
}
