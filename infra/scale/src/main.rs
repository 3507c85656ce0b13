//! bin
use punctual_scale::{assumptions::Book, platform::Platform, settings::{Setup,Setting}, simulation::simulate, time::*};
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let book = Book::of_this_repository()?;
    let p = Platform::from_book(&book)?;
    for n in [5_000usize, 20_000, 100_000, 1_000_000] {
        let due = vec![30 * MINUTE; n];
        for moved in [vec![], vec![Setting::Concurrency(500)], vec![Setting::Pollers(200,2000), Setting::AccountConcurrency(20000), Setting::WarmWrites(40000), Setting::ScannerAbreast(16), Setting::ScannerMemory(1769), Setting::HoldsOnce]] {
            let s = Setup::of_the_template(&p).with(&moved);
            let t0 = std::time::Instant::now();
            let o = simulate(&p, &s, &due, 1);
            let l = |k| o.late(k).map(seconds);
            println!("{n} {moved:?} p50 {:?} p99 {:?} max {:?} never {} drained {} thr {} back {} rep {} refused {} holds {} conc {} deferred {} ticks {} cut {} busy {} {:?} [{:?}]", l(500), l(990), l(1000), o.never, seconds(o.drained), o.throttled(), o.used.came_back, o.used.repeated, o.used.refused, o.used.holds_reads, o.used.concurrency_peak, o.used.scanner.deferred, o.used.scanner.ticks, o.used.scanner.cut_off, seconds(o.used.scanner.busy), o.limits(), t0.elapsed());
        }
    }
    Ok(())
}
