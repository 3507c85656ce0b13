//! A command that does nothing but call a URL needs no worker: it is an `http` job. Only what is understood in every word
//! is taken for one; the shell's own doings, files, credentials, and hosts that only this machine can see are not.

use std::net::IpAddr;

use serde_json::{Map, Value, json};
use url::{Host, Url};

/// A call that a command makes.
#[derive(Debug, PartialEq)]
pub struct Call {
    /// The payload of an `http` job.
    pub payload: Value,
    /// How long the command would have waited.
    pub timeout_seconds: Option<u64>,
    /// What will be otherwise.
    pub remarks: Vec<String>,
}

/// What is known of the call so far.
#[derive(Default)]
struct Reading {
    url: Option<String>,
    method: Option<String>,
    data: Option<String>,
    follows: bool,
    timeout_seconds: Option<u64>,
    remarks: Vec<String>,
}

/// The call that the command makes, if that is all that it does.
pub fn call(command: &str) -> Option<Call> {
    let words = without_silence(words(command)?)?;
    let (program, words) = words.split_first()?;
    let program = program.rsplit('/').next()?;
    let reading = match program {
        "curl" => curl(words)?,
        "wget" => wget(words)?,
        _ => return None,
    };
    reading.call()
}

impl Reading {
    fn call(self) -> Option<Call> {
        let text = self.url?;
        let text = if text.contains("://") {
            text
        } else {
            format!("http://{text}")
        };
        let url: Url = text.parse().ok()?;
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        if !matches!(url.scheme(), "http" | "https") || has_credentials || !is_public(&url) {
            return None;
        }
        let method = self
            .method
            .unwrap_or_else(|| if self.data.is_some() { "POST" } else { "GET" }.to_owned());
        let mut payload = Map::new();
        payload.insert("url".to_owned(), text.into());
        payload.insert("method".to_owned(), method.into());
        if let Some(data) = self.data {
            payload.insert(
                "headers".to_owned(),
                json!({ "Content-Type": "application/x-www-form-urlencoded" }),
            );
            payload.insert("body".to_owned(), data.into());
        }
        if self.follows {
            payload.insert("follow_redirects".to_owned(), 5.into());
        }
        Some(Call {
            payload: payload.into(),
            timeout_seconds: self.timeout_seconds,
            remarks: self.remarks,
        })
    }

    fn url(&mut self, word: &str) -> Option<()> {
        // A second one would be a second call.
        (self.url.is_none() && !word.starts_with('-')).then(|| self.url = Some(word.to_owned()))
    }
}

fn curl(words: &[String]) -> Option<Reading> {
    let mut reading = Reading::default();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--silent" | "--show-error" | "--fail" | "--globoff" => {}
            "--location" => reading.follows = true,
            "-X" | "--request" => reading.method = Some(words.next()?.to_owned()),
            "-d" | "--data" | "--data-raw" => {
                let data = words.next()?;
                if reading.data.is_some() || data.starts_with('@') {
                    return None;
                }
                reading.data = Some(data.to_owned());
            }
            "-m" | "--max-time" => reading.timeout_seconds = Some(words.next()?.parse().ok()?),
            "-o" | "--output" => (words.next()? == "/dev/null").then_some(())?,
            flags if flags.len() > 1 && flags.starts_with('-') => {
                let known = flags.chars().skip(1).all(|flag| "sSfLg".contains(flag));
                known.then_some(())?;
                reading.follows |= flags.contains('L');
            }
            word => reading.url(word)?,
        }
    }
    Some(reading)
}

fn wget(words: &[String]) -> Option<Reading> {
    // Which follows redirects unless told otherwise.
    let mut reading = Reading {
        follows: true,
        ..Reading::default()
    };
    let mut keeps = true;
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-q" | "--quiet" | "-nv" | "--no-verbose" => {}
            "--spider" => {
                reading.method = Some("HEAD".to_owned());
                keeps = false;
            }
            "-O" | "-qO" => {
                matches!(words.next()?, "/dev/null" | "-").then_some(())?;
                keeps = false;
            }
            "-O-"
            | "-qO-"
            | "-O/dev/null"
            | "-qO/dev/null"
            | "--output-document=/dev/null"
            | "--output-document=-" => keeps = false,
            "-T" => reading.timeout_seconds = Some(words.next()?.parse().ok()?),
            word => match word.strip_prefix("--timeout=") {
                Some(seconds) => reading.timeout_seconds = Some(seconds.parse().ok()?),
                None => reading.url(word)?,
            },
        }
    }
    if keeps {
        reading
            .remarks
            .push("what wget would have kept as a file is on the execution's record".to_owned());
    }
    Some(reading)
}

/// Whether others than this machine and its network may reach the host.
fn is_public(url: &Url) -> bool {
    match url.host() {
        None => false,
        Some(Host::Domain(name)) => {
            let local = [".local", ".localhost", ".internal", ".lan", ".home.arpa"];
            name.contains('.') && !local.iter().any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => {
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified())
        }
        Some(Host::Ipv6(address)) => {
            let address = IpAddr::from(address);
            !(address.is_loopback()
                || address.is_unspecified()
                || matches!(address, IpAddr::V6(six) if six.is_unique_local() || six.is_unicast_link_local()))
        }
    }
}

/// Drops what sends output nowhere.
fn without_silence(mut words: Vec<String>) -> Option<Vec<String>> {
    while let Some(last) = words.last().cloned() {
        let end = words.len();
        let nowhere = [
            ">/dev/null",
            "1>/dev/null",
            "2>/dev/null",
            "&>/dev/null",
            ">>/dev/null",
            "2>&1",
        ];
        if nowhere.contains(&last.as_str()) {
            words.truncate(end - 1);
        } else if last == "/dev/null"
            && end > 1
            && [">", "1>", "2>", "&>", ">>"].contains(&words[end - 2].as_str())
        {
            words.truncate(end - 2);
        } else {
            break;
        }
    }
    // Whatever else is redirected goes somewhere.
    let redirected = words.iter().any(|word| word.contains(['<', '>']));
    (!redirected).then_some(words)
}

/// What the shell would do something about, outside of quotation marks.
const OF_THE_SHELL: [char; 16] = [
    '|', '&', ';', '(', ')', '$', '`', '\\', '*', '[', '{', '~', '!', '#', '\n', '\r',
];

/// The words of a command in which the shell finds nothing to do. Redirections are left in as they stand.
fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        let of_redirection = letter == '&'
            && (letters.peek() == Some(&'>')
                || word.as_ref().is_some_and(|word| word.ends_with('>')));
        match (quote, letter) {
            (Some(mark), letter) if mark == letter => quote = None,
            // What stands in quotation marks is no redirection, and would be taken for one.
            (Some('"'), '$' | '`' | '\\') | (Some(_), '<' | '>') => return None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, letter) if OF_THE_SHELL.contains(&letter) && !of_redirection => return None,
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_only_calls_is_a_call() {
        let get = |url: &str| json!({ "url": url, "method": "GET" });
        let followed = |url: &str| json!({ "url": url, "method": "GET", "follow_redirects": 5 });
        for (command, payload) in [
            (
                "curl https://example.com/a?b=1",
                get("https://example.com/a?b=1"),
            ),
            (
                "/usr/bin/curl -fsS 'https://example.com/a?b=1&c=2' >/dev/null 2>&1",
                get("https://example.com/a?b=1&c=2"),
            ),
            (
                "curl -sL -o /dev/null https://example.com",
                followed("https://example.com"),
            ),
            (
                "curl -m 20 example.com/ping > /dev/null",
                get("http://example.com/ping"),
            ),
            (
                "curl -s https://example.com &>/dev/null",
                get("https://example.com"),
            ),
            (
                "curl -X DELETE https://example.com/x",
                json!({ "url": "https://example.com/x", "method": "DELETE" }),
            ),
            (
                "wget -q -O /dev/null https://example.com/cron",
                followed("https://example.com/cron"),
            ),
            (
                "wget -qO- https://example.com/cron",
                followed("https://example.com/cron"),
            ),
            (
                "wget --spider https://example.com",
                json!({ "url": "https://example.com", "method": "HEAD", "follow_redirects": 5 }),
            ),
        ] {
            assert_eq!(
                call(command).map(|call| call.payload),
                Some(payload),
                "{command}"
            );
        }
        let posted = call("curl -d a=1 https://example.com").unwrap();
        assert_eq!(posted.payload["method"], "POST");
        assert_eq!(posted.payload["body"], "a=1");
        assert_eq!(
            call("curl -m 20 https://example.com")
                .unwrap()
                .timeout_seconds,
            Some(20)
        );
        assert_eq!(call("wget https://example.com").unwrap().remarks.len(), 1);
    }

    #[test]
    fn whatever_does_more_or_reaches_where_only_this_machine_can_is_no_call() {
        for command in [
            "",
            "curl",
            "backup.sh",
            "curl https://example.com | sh",
            "curl https://example.com && touch done",
            "curl https://example.com > page.html",
            "curl -o page.html https://example.com",
            "curl -O https://example.com/a",
            "curl https://example.com/a&b=1",
            "curl https://example.com/$(hostname)",
            "curl \"https://example.com/$HOST\"",
            "curl -k https://example.com",
            "curl -H 'Authorization: Bearer x' https://example.com",
            "curl https://user:password@example.com",
            "curl -d @file https://example.com",
            "curl https://example.com https://example.org",
            "curl http://localhost:3000/cron",
            "curl http://127.0.0.1/cron",
            "curl http://10.0.0.7/cron",
            "curl http://[::1]/cron",
            "curl http://intranet/cron",
            "curl http://printer.local/cron",
            "curl file:///etc/passwd",
            "wget -O page.html https://example.com",
            "wget -r https://example.com",
            "A=1 curl https://example.com",
            "curl 'https://example.com",
            "curl 'https://example.com/a>b'",
            "curl < urls https://example.com",
            "curl https://example.com &",
        ] {
            assert_eq!(call(command), None, "{command}");
        }
    }
}
