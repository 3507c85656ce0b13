//! The scanner's progress: begun once, and only ever raised.

use punctual::domain::{Admissions, Band, Minute, Term};
use punctual::port::{ScanProgress, Terms};
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

    let term = store.term().await.unwrap();
    for done in [0, 2, 200] {
        store.mark_done(&term, minute.plus(done)).await.unwrap();
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
        .raise_low_water(&term, minute.plus(2), &admitted)
        .await
        .unwrap();
    let lowered = store.raise_low_water(&term, minute.plus(1), &lost);
    lowered.await.unwrap();
    let progress = store.progress().await.unwrap().unwrap();
    assert_eq!(progress.low_water, minute.plus(2));
    assert_eq!(progress.admitted, admitted);
    assert_eq!(
        progress.done,
        [2, 200].map(|count| minute.plus(count)).into()
    );
}

#[tokio::test]
async fn a_term_begins_once_with_checkpoints_of_its_own_that_no_earlier_scanner_can_move() {
    let store = Sandbox::new().await.ports.store;
    let minute = Minute::of(noon());
    store.begin_at(minute).await.unwrap();
    let first = store.term().await.unwrap();
    assert_eq!(first, Term::default());
    store.mark_done(&first, minute).await.unwrap();

    let second = first.next(Some("west".to_owned()), minute.plus(-10));
    assert!(store.begin_term(&second).await.unwrap());
    assert_eq!(store.term().await.unwrap(), second);
    // A tick of the first term that is still under way; and an API that starts.
    store.mark_done(&first, minute.plus(1)).await.unwrap();
    let none = Admissions::default();
    let late = store.raise_low_water(&first, minute.plus(2), &none);
    late.await.unwrap();
    store.begin_at(minute.plus(3)).await.unwrap();
    let progress = store.progress().await.unwrap().unwrap();
    assert_eq!(
        (&progress.term, progress.low_water),
        (&second, minute.plus(-10))
    );
    assert_eq!(progress.done, [].into());

    // A checkpoint before there is a mark; then the mark.
    store.mark_done(&second, minute.plus(-10)).await.unwrap();
    let progress = store.progress().await.unwrap().unwrap();
    assert_eq!(progress.low_water, minute.plus(-10));
    assert_eq!(progress.done, [minute.plus(-10)].into());
    let raised = store.raise_low_water(&second, minute.plus(-9), &none);
    raised.await.unwrap();
    let progress = store.progress().await.unwrap().unwrap();
    assert_eq!(progress.low_water, minute.plus(-9));

    // Another who had seen the first term, too.
    let rival = first.next(Some("east".to_owned()), minute.plus(5));
    assert!(!store.begin_term(&rival).await.unwrap());
    assert_eq!(store.term().await.unwrap(), second);
    let third = second.next(Some("east".to_owned()), minute);
    assert!(store.begin_term(&third).await.unwrap());
    assert_eq!(store.progress().await.unwrap().unwrap().low_water, minute);
}
