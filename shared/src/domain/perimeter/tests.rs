//! The corpus, line by line; what an IPv6 spelling of an IPv4 address may reach, by property.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use url::Url;

use super::{Perimeter, TargetRefused};

fn verdict(perimeter: &Perimeter, url: &str) -> &'static str {
    let Ok(url) = Url::parse(url) else {
        return "unreadable";
    };
    match perimeter.admits(&url) {
        Ok(()) => "public",
        Err(TargetRefused::Address(_)) => "address",
        Err(TargetRefused::Name(_)) => "name",
        Err(TargetRefused::Port(_)) => "port",
        Err(TargetRefused::Scheme) => "scheme",
        Err(TargetRefused::Credentials) => "credentials",
        Err(TargetRefused::Downgrade) => "downgrade",
    }
}

#[test]
fn every_line_of_the_corpus_is_judged_as_it_says() {
    let perimeter = Perimeter::public();
    let lines = include_str!("corpus.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let judged: Vec<_> = lines
        .map(|line| {
            let (expected, url) = line.split_once(' ').unwrap();
            (url, expected, verdict(&perimeter, url))
        })
        .collect();
    let wrong = judged
        .iter()
        .filter(|(_, expected, found)| expected != found);
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(judged.len() >= 300, "{} lines only", judged.len());
}

#[test]
fn a_refusal_says_what_kind_of_address_it_is() {
    let perimeter = Perimeter::public();
    for (host, kind) in [
        ("127.0.0.1", "a loopback"),
        ("[::1]", "a loopback"),
        ("[::]", "an unspecified"),
        ("[fd00:ec2::254]", "a private"),
        ("[4000::1]", "a reserved"),
    ] {
        let url = Url::parse(&format!("http://{host}/")).unwrap();
        let refused = perimeter.admits(&url).unwrap_err();
        assert!(
            matches!(refused, TargetRefused::Address(found) if found == kind),
            "{host}"
        );
    }
}

#[test]
fn what_is_opened_is_opened_by_address_and_on_every_port() {
    let loopback = ["127.0.0.0/8", "::1/128"].map(|net| net.parse().unwrap());
    let perimeter = Perimeter::public()
        .opened_to(loopback)
        .with_runtime_api_at(9_001);
    for url in [
        "http://127.0.0.1:4566/",
        "http://127.0.0.9/",
        "http://2130706433:1/",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://localhost:8080/",
        "http://api.localhost:8080/",
        "https://example.com/",
    ] {
        assert_eq!(verdict(&perimeter, url), "public", "{url}");
    }
    for (url, expected) in [
        ("http://10.0.0.1/", "address"),
        ("http://169.254.169.254/", "address"),
        ("http://example.com:8080/", "port"),
        ("http://printer.local/", "name"),
        // Loopback is open, and this is not.
        ("http://127.0.0.1:9001/", "port"),
        ("http://127.0.0.2:9001/", "port"),
        ("http://localhost:9001/", "port"),
        ("http://[::1]:9001/", "port"),
    ] {
        assert_eq!(verdict(&perimeter, url), expected, "{url}");
    }
}

#[test]
fn the_runtime_api_is_shut_even_where_its_port_is_one_to_call() {
    let perimeter = Perimeter::public()
        .with_ports([80, 9_001])
        .with_runtime_api_at(9_001);
    assert_eq!(verdict(&perimeter, "http://example.com:9001/"), "port");
    assert_eq!(verdict(&perimeter, "http://example.com/"), "public");
    assert_eq!(verdict(&perimeter, "https://example.com/"), "port");
}

/// Octets that make up special addresses more often than chance would.
fn octet() -> impl Strategy<Value = u8> {
    prop_oneof![
        any::<u8>(),
        prop::sample::select(vec![
            0, 10, 64, 100, 113, 127, 168, 169, 172, 192, 198, 203, 224, 254, 255
        ]),
    ]
}

fn some_v4() -> impl Strategy<Value = Ipv4Addr> {
    (octet(), octet(), octet(), octet()).prop_map(|(a, b, c, d)| Ipv4Addr::new(a, b, c, d))
}

proptest! {
    #[test]
    fn another_spelling_reaches_what_the_plain_one_does(plain in some_v4(), more: [u16; 5]) {
        let perimeter = Perimeter::public();
        let expected = perimeter.admits_address(plain.into()).is_ok();
        let number = u32::from(plain);
        let (a, b) = ((number >> 16) as u16, (number & 0xffff) as u16);
        let [c, d, e, f, g] = more;
        for spelled in [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, a, b),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
            Ipv6Addr::new(0x2002, a, b, c, d, e, f, g),
        ] {
            let found = perimeter.admits_address(IpAddr::V6(spelled)).is_ok();
            prop_assert_eq!(found, expected, "{} as {}", plain, spelled);
        }
    }

    #[test]
    fn no_other_form_with_an_address_in_it_reaches_more(plain in some_v4(), more: [u16; 4]) {
        let perimeter = Perimeter::public();
        let public = perimeter.admits_address(plain.into()).is_ok();
        let number = u32::from(plain);
        let (a, b) = ((number >> 16) as u16, (number & 0xffff) as u16);
        let [c, d, e, f] = more;
        for (spelled, may_pass) in [
            // Compatible, translated, a network's own NAT64 in both of its forms, Teredo with its server and its client.
            (Ipv6Addr::new(0, 0, 0, 0, 0, 0, a, b), false),
            (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, a, b), false),
            (Ipv6Addr::new(0x64, 0xff9b, 1, c, d, e, a, b), false),
            (Ipv6Addr::new(0x64, 0xff9b, 1, a, b >> 8, b << 8, 0, 0), false),
            (Ipv6Addr::new(0x2001, 0, a, b, c, d, !a, !b), false),
            // ISATAP, by a public prefix.
            (Ipv6Addr::new(0x2606, c, d, f, 0, 0x5efe, a, b), public),
            (Ipv6Addr::new(0x2606, c, d, f, 0x200, 0x5efe, a, b), public),
        ] {
            let passes = perimeter.admits_address(IpAddr::V6(spelled)).is_ok();
            prop_assert_eq!(passes, may_pass, "{} as {}", plain, spelled);
        }
    }

    #[test]
    fn what_a_url_says_and_what_is_connected_to_are_judged_alike(address in some_v4(), radix in 0..4) {
        let perimeter = Perimeter::public();
        let number = u32::from(address);
        let host = match radix {
            0 => address.to_string(),
            1 => number.to_string(),
            2 => format!("{number:#x}"),
            _ => format!("0{number:o}"),
        };
        let url = Url::parse(&format!("http://{host}/")).unwrap();
        let said = perimeter.admits(&url);
        prop_assert_eq!(said, perimeter.admits_address(address.into()));
    }
}
