//! Which names are of the public internet. A name is only the first look: what it resolves to is judged as well.

/// Domains that networks keep to themselves, or that never leave a machine.
const PRIVATE_DOMAINS: [&str; 11] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "lan",
    "home",
    "corp",
    "home.arpa",
    "metadata.goog",
];

/// Whether every resolver takes the name for this machine.
pub(super) fn is_loopback_name(name: &str) -> bool {
    is_within(name, "localhost")
}

/// Why `name`, in lower case and without a dot at its end, is no public host's.
pub(super) fn private_name(name: &str) -> Option<&'static str> {
    if PRIVATE_DOMAINS.iter().any(|domain| is_within(name, domain)) {
        Some("this name is not of the public internet")
    } else if !name.contains('.') {
        // A resolver would look for it in its own network's domains.
        Some("this name has no domain")
    } else {
        None
    }
}

fn is_within(name: &str, domain: &str) -> bool {
    let rest = name.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
