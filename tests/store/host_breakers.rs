//! Breakers: one for each owner and host, changed only from the write that was seen.

use chrono::TimeDelta;
use punctual::domain::{Destination, HostBreaker, HostKey, HostState, Stamp};
use punctual::port::{HostBreakers, Put};
use punctual_tests::Sandbox;

use crate::{noon, user};

fn key(name: &str, url: &str) -> HostKey {
    HostKey {
        user: user(name),
        destination: Destination::of(&url.parse().unwrap()).unwrap(),
    }
}

fn breaker(state: HostState, stamp: u64) -> HostBreaker {
    HostBreaker {
        state,
        trips: 3,
        stamp: Stamp(stamp),
    }
}

#[tokio::test]
async fn a_breaker_is_changed_only_from_the_write_that_was_seen() {
    let store = Sandbox::new().await.ports.store;
    let key = key("alice", "https://example.com/");
    assert_eq!(store.host_breaker(&key).await.unwrap(), None);
    let until = noon() + TimeDelta::milliseconds(1_001);
    let open = breaker(HostState::Open { until }, u64::MAX);
    let probing = breaker(HostState::Probing { until }, 2);
    let closed = breaker(HostState::Closed { since: until }, 3);
    let absent = store.put_host_breaker(&key, &open, Some(Stamp(1))).await;
    assert_eq!(absent.unwrap(), Put::Refused(None));
    for (next, expected) in [
        (&open, None),
        (&probing, Some(open.stamp)),
        (&closed, Some(probing.stamp)),
    ] {
        let put = store.put_host_breaker(&key, next, expected).await.unwrap();
        assert_eq!(put, Put::Written);
        let again = store.put_host_breaker(&key, next, expected).await.unwrap();
        assert_eq!(again, Put::Written, "a write recognises itself");
        assert_eq!(store.host_breaker(&key).await.unwrap().as_ref(), Some(next));
    }
    for expected in [None, Some(open.stamp)] {
        let late = store.put_host_breaker(&key, &open, expected).await.unwrap();
        assert_eq!(late, Put::Refused(Some(closed.clone())));
    }
}

#[tokio::test]
async fn owners_and_hosts_and_ports_have_breakers_of_their_own() {
    let store = Sandbox::new().await.ports.store;
    let open = breaker(HostState::Open { until: noon() }, 1);
    let written = key("alice", "https://example.com/a");
    store.put_host_breaker(&written, &open, None).await.unwrap();
    let same = key("alice", "https://EXAMPLE.com./b");
    assert_eq!(store.host_breaker(&same).await.unwrap(), Some(open));
    for other in [
        key("bob", "https://example.com/"),
        key("alice#", "https://example.com/"),
        key("alice", "http://example.com/"),
        key("alice", "https://www.example.com/"),
    ] {
        assert_eq!(store.host_breaker(&other).await.unwrap(), None, "{other:?}");
    }
}

#[tokio::test]
async fn the_breakers_of_one_owner_are_listed_by_host_and_paged() {
    let store = Sandbox::new().await.ports.store;
    let open = breaker(HostState::Open { until: noon() }, 1);
    for (name, url) in [
        ("alice", "https://b.example/"),
        ("alice", "http://[2001:db8::1]/"),
        ("alice", "https://a.example/"),
        ("alice2", "https://c.example/"),
    ] {
        let put = store.put_host_breaker(&key(name, url), &open, None).await;
        assert_eq!(put.unwrap(), Put::Written);
    }
    let owner = user("alice");
    let list = async |cursor: Option<String>| {
        let listed = store.list_host_breakers(&owner, cursor.as_deref(), 2);
        listed.await.unwrap()
    };
    let mut hosts = Vec::new();
    let mut cursor = None;
    loop {
        let page = list(cursor).await.unwrap();
        assert!(page.items.len() <= 2);
        for (host, listed) in page.items {
            assert_eq!(listed, open);
            hosts.push(host.to_string());
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(
        hosts,
        ["[2001:db8::1]:80", "a.example:443", "b.example:443"]
    );
    assert!(list(Some("garbage".to_owned())).await.is_none());
}
