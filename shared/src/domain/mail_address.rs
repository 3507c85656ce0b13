//! What counts as an address to send mail to: the plain form that every server takes, and nothing that could become a
//! second header or a second address.

/// Whether `text` is a plain address: `name@example.com`.
pub fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_local =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.bytes().all(is_local)
        && local.split('.').all(|part| !part.is_empty())
        && domain.split('.').count() >= 2
        && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_pass_and_whatever_could_be_more_does_not() {
        for address in [
            "a@example.com",
            "first.last+tag@sub.example.co",
            "x_y=z@a-b.de",
        ] {
            assert!(is_mail_address(address), "{address}");
        }
        for address in [
            "",
            "@",
            "a@",
            "@b.de",
            "a",
            "a@b",
            "a b@c.de",
            "a@c.de\r\nBcc: x@y.de",
            "<a@b.de>",
            "a@b.de,c@d.de",
            "\"a\"@b.de",
            "a@-b.de",
            "a@b-.de",
            "a@b..de",
            ".a@b.de",
            "a..b@c.de",
            "\u{fc}@b.de",
            "a@b@c.de\n",
        ] {
            assert!(!is_mail_address(address), "{address:?}");
        }
    }

    #[test]
    fn an_address_is_as_long_as_servers_take_and_no_longer() {
        let label = "x".repeat(63);
        let domain = [&*label; 3].join(".");
        let address = |local: usize, rest: usize| {
            let (local, rest) = ("l".repeat(local), "y".repeat(rest));
            format!("{local}@{domain}.{rest}")
        };
        assert_eq!(address(52, 9).len(), 254);
        for (local, rest, fits) in [(52, 9, true), (53, 9, false), (64, 2, false)] {
            assert_eq!(
                is_mail_address(&address(local, rest)),
                fits,
                "{local} {rest}"
            );
        }
        let short = |local: usize| format!("{}@b.de", "l".repeat(local));
        assert!(is_mail_address(&short(64)) && !is_mail_address(&short(65)));
    }
}
