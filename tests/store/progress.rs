//! The scanner's progress: begun once, and only ever raised.

use punctual::domain::{Admissions, Band, Minute};
use punctual::port::ScanProgress;
use punctual_tests::Sandbox;

use crate::noon;

#[tokio::test]
async fn progress_begins_once_and_only_rises() {
    let store = Sandbox::new().await.ports.store;
    assert_eq!(store.progress().await.unwrap(), None);
    let minute = Minute::of(noon());
    store.begin_at(minute).await.unwrap();
    store.begin_at(minute.plus(-60)).await.unwrap();
    store.begin_at(minute.plus(60)).await.unwrap();
    assert_eq!(store.progress().await.unwrap().unwrap().low_water, minute);

    for done in [0, 2, 200] {
        store.mark_done(minute.plus(done)).await.unwrap();
    }
    let progress = store.progress().await.unwrap().unwrap();
    assert_eq!(
        progress.done,
        [0, 2, 200].map(|count| minute.plus(count)).into()
    );

    let mut admitted = Admissions::default();
    admitted.add(minute.plus(3), Band::Low, 7);
    let lost = Admissions::default();
    store
        .raise_low_water(minute.plus(2), &admitted)
        .await
        .unwrap();
    store.raise_low_water(minute.plus(1), &lost).await.unwrap();
    let progress = store.progress().await.unwrap().unwrap();
    assert_eq!(progress.low_water, minute.plus(2));
    assert_eq!(progress.admitted, admitted);
    assert_eq!(
        progress.done,
        [2, 200].map(|count| minute.plus(count)).into()
    );
}
