//! Gauges: work adds up by band over the last minutes, and what was concluded last is kept.

use chrono::TimeDelta;
use punctual::domain::{Band, BandPressure, Breaker, Level, Minute, PerBand, Pressure, Work};
use punctual::port::Gauges;
use punctual_tests::Sandbox;

use crate::noon;

#[tokio::test]
async fn work_adds_up_by_band_from_a_minute_on() {
    let store = Sandbox::new().await.ports.store;
    let minute = Minute::of(noon());
    let work = |runs, busy_ms| Work { runs, busy_ms };
    for (band, ahead, done) in [
        (Band::High, -1, work(1_000, 1_000)),
        (Band::High, 0, work(1, 10)),
        (Band::High, 0, work(2, 20)),
        (Band::High, 3, work(4, 40)),
        (Band::Low, 1, work(8, 80)),
    ] {
        store
            .add_work(band, minute.plus(ahead), done)
            .await
            .unwrap();
    }
    let since = PerBand {
        high: work(7, 70),
        normal: work(0, 0),
        low: work(8, 80),
    };
    assert_eq!(store.work_since(minute).await.unwrap(), since);
    let later = store.work_since(minute.plus(4)).await.unwrap();
    assert_eq!(later, PerBand::default());
}

#[tokio::test]
async fn what_was_concluded_last_is_kept() {
    let store = Sandbox::new().await.ports.store;
    assert_eq!(store.pressure().await.unwrap(), None);
    let mut pressure = Pressure {
        level: Level::NormalShed,
        since: noon() - TimeDelta::milliseconds(1_001),
        ..Pressure::calm(noon())
    };
    pressure.bands.low = BandPressure {
        breaker: Breaker::HalfOpen { since: noon() },
        slow_since: Some(noon()),
        deferring: true,
    };
    for concluded in [Pressure::calm(noon()), pressure] {
        store.keep_pressure(&concluded).await.unwrap();
        assert_eq!(store.pressure().await.unwrap(), Some(concluded));
    }
}
