//! How many hints of one minute a tick can plan before it is cut off. It plans all of a minute before it sends any of it:
//! a minute with more than that is never sent.

use super::platform::{
    CHUNK, CUT_OFF, PAGE, PLANNED_IN, READ, SEND, SHARDS, WRITE, WRITE_UNITS, WRITES_A_SHARD,
};

/// Seconds that a tick needs for a minute of so many hints, which lie in so many shards.
fn seconds(hints: f64, shards: f64) -> f64 {
    let pages = (hints * PAGE.1 / shards / PAGE.0).ceil().max(1.0);
    let read = (shards / SHARDS.0).ceil() * pages * SHARDS.1;
    let batches = (CHUNK / READ.0).ceil() * READ.1 + CHUNK * PLANNED_IN;
    // Next hints lie in the shards that these lie in: few shards take few writes.
    let taken = CHUNK / (WRITES_A_SHARD * shards).min(WRITE_UNITS);
    let written = ((CHUNK / WRITE.0).ceil() * WRITE.1).max(taken);
    let sent = hints / SEND.0 * SEND.1;
    read + hints / CHUNK * (batches + written) + sent
}

/// The most hints of one minute that a tick can plan and send, to a hundred.
pub(super) fn most_of_a_minute(shards: u16) -> u64 {
    let shards = f64::from(shards.max(1));
    let (mut fits, mut too_many) = (0_u32, 1 << 20);
    while too_many - fits > 100 {
        let middle = fits.midpoint(too_many);
        if seconds(f64::from(middle), shards) <= CUT_OFF {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    fits.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_reads_looks_up_writes_and_sends() {
        // A job is planned in 0.14 ms × 1,769 / 512, so 500 of them are looked up and planned in 5 × 0.015 s + 0.2419 s.
        let planned = 0.075 + 500.0 * 0.000_14 * 1_769.0 / 512.0;
        for (hints, shards, expected) in [
            // A page of each shard, 32 abreast; 20 times 500, whose next hints are 20 writes; 62.5 times 160 sent.
            (
                10_000.0,
                64.0,
                2.0 * 0.015 + 20.0 * (planned + 0.2) + 62.5 * 0.015,
            ),
            // 11 pages, and half a second for the next hints of 500, as one key takes 1,000 a second.
            (
                100_000.0,
                1.0,
                11.0 * 0.015 + 200.0 * (planned + 0.5) + 625.0 * 0.015,
            ),
            // However many the shards are, the table takes 4,000 a second: 20 writes take longer.
            (500.0, 640.0, 20.0 * 0.015 + planned + 0.2 + 3.125 * 0.015),
        ] {
            let found = seconds(hints, shards);
            assert!(
                (found - expected).abs() < 1e-6,
                "{hints} in {shards}: {found}"
            );
        }
    }

    #[test]
    fn a_hundred_more_than_the_most_are_too_many() {
        for shards in [1_u16, 2, 64, 640] {
            let most = u32::try_from(most_of_a_minute(shards)).unwrap();
            let takes = |hints: u32| seconds(f64::from(hints), f64::from(shards));
            assert!(
                takes(most) <= CUT_OFF && takes(most + 100) > CUT_OFF,
                "{shards}: {most}"
            );
        }
        assert_eq!(most_of_a_minute(0), most_of_a_minute(1));
    }

    #[test]
    fn as_deployed_a_tick_plans_about_what_the_simulation_says_and_fewer_shards_slow_it_down() {
        let deployed = most_of_a_minute(64);
        assert!((40_000..60_000).contains(&deployed), "{deployed}");
        let by_shards = [1, 2, 64].map(most_of_a_minute);
        assert!(by_shards.is_sorted(), "{by_shards:?}");
        assert!(by_shards[0] < by_shards[1], "{by_shards:?}");
        assert!(
            most_of_a_minute(10_000) < deployed,
            "reading them takes time, too"
        );
    }
}
