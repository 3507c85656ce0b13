//! Which addresses are of the public internet: by IANA's registries of special-purpose addresses, and stricter. An IPv6
//! address that stands for an IPv4 one is judged by that: no spelling reaches what the plain one does not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}

/// What no packet on the public internet is for.
const SPECIAL_V4: [(Ipv4Net, &str); 15] = [
    (v4(0, 0, 0, 8), "an unspecified"),
    (v4(10, 0, 0, 8), "a private"),
    // Also the metadata of some clouds.
    (v4(100, 64, 0, 10), "a carrier's"),
    (v4(127, 0, 0, 8), "a loopback"),
    // Metadata and credentials of EC2, ECS and Lambda; X-Ray.
    (v4(169, 254, 0, 16), "a link-local"),
    (v4(172, 16, 0, 12), "a private"),
    (v4(192, 0, 0, 24), "a reserved"),
    (v4(192, 0, 2, 24), "a documentation"),
    // Relays from IPv6, which have been given up.
    (v4(192, 88, 99, 24), "a reserved"),
    (v4(192, 168, 0, 16), "a private"),
    (v4(198, 18, 0, 15), "a benchmark's"),
    (v4(198, 51, 100, 24), "a documentation"),
    (v4(203, 0, 113, 24), "a documentation"),
    (v4(224, 0, 0, 4), "a multicast"),
    (v4(240, 0, 0, 4), "a reserved"),
];

const fn v6(segments: [u16; 4], prefix: u8) -> Ipv6Net {
    let [a, b, c, d] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

/// Where public addresses come from. Nothing outside is one, whatever it is.
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

/// What is special, within that and without.
const SPECIAL_V6: [(Ipv6Net, &str); 10] = [
    // Teredo, ORCHID, benchmarks.
    (v6([0x2001, 0, 0, 0], 23), "a reserved"),
    (v6([0x2001, 0xdb8, 0, 0], 32), "a documentation"),
    (v6([0x3fff, 0, 0, 0], 20), "a documentation"),
    (v6([0x100, 0, 0, 0], 64), "a discard"),
    // Segment routing.
    (v6([0x5f00, 0, 0, 0], 16), "a reserved"),
    // A network's own translation to IPv4.
    (v6([0x64, 0xff9b, 1, 0], 48), "a private"),
    // Also the metadata of EC2, fd00:ec2::254.
    (v6([0xfc00, 0, 0, 0], 7), "a private"),
    (v6([0xfe80, 0, 0, 0], 10), "a link-local"),
    (v6([0xfec0, 0, 0, 0], 10), "a private"),
    (v6([0xff00, 0, 0, 0], 8), "a multicast"),
];

/// Of what special kind `address` is, with its article. `None`: it is public.
pub(super) fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let found = SPECIAL_V4.iter().find(|(net, _)| net.contains(&address));
    found.map(|(_, kind)| *kind)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(meant) = stands_for(address) {
        return special_v4(meant);
    }
    let tunneled = tunneled_to(address).and_then(special_v4);
    if tunneled.is_some() {
        return tunneled;
    }
    let found = SPECIAL_V6.iter().find(|(net, _)| net.contains(&address));
    match found {
        Some((_, kind)) => Some(kind),
        None if address.is_loopback() => Some("a loopback"),
        None if address.is_unspecified() => Some("an unspecified"),
        None if GLOBAL_UNICAST.contains(&address) => None,
        None => Some("a reserved"),
    }
}

/// The IPv4 address that an IPv6 one is another spelling of.
fn stands_for(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        // Mapped; by the well-known prefix of NAT64; 6to4.
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x2002, a, b, ..] => {
            Some(within(a, b))
        }
        _ => None,
    }
}

/// The IPv4 address that packets to an IPv6 one would be sent to: ISATAP, under any prefix.
fn tunneled_to(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [.., 0 | 0x200, 0x5efe, a, b] => Some(within(a, b)),
        _ => None,
    }
}

/// The address that two segments hold.
fn within(a: u16, b: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(a) << 16) | u32::from(b))
}
