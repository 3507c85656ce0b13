//! The lines of an iCalendar file (RFC 5545, section 3.1), and which component each is in. Nothing here calls itself:
//! nesting is counted, never followed.

/// A property of an event.
#[derive(Debug)]
pub(super) struct Property<'a> {
    /// The number of its first line in the file, from 1.
    pub(super) line: usize,
    /// In capitals.
    pub(super) name: String,
    parameters: &'a str,
    pub(super) value: &'a str,
}

impl Property<'_> {
    /// The value of a parameter, without its quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let parameters = Outside::of(self.parameters, ';');
        parameters
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim_matches('"'))
    }
}

/// What is kept of an event.
const KNOWN: [&str; 9] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "UID",
    "RECURRENCE-ID",
    "STATUS",
];

const DEEPEST: usize = 8;

/// A line with what was folded, and its number.
pub(super) type Unfolded = (usize, String);

/// Joins the lines that were folded.
pub(super) fn unfold(text: &str) -> Vec<Unfolded> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut all: Vec<Unfolded> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), all.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ => all.push((index + 1, line.to_owned())),
        }
    }
    all
}

/// The events, each as its properties that matter.
pub(super) fn events(lines: &[Unfolded]) -> Result<Vec<Vec<Property<'_>>>, String> {
    if lines.iter().all(|(_, line)| line.trim().is_empty()) {
        return Err("is empty".to_owned());
    }
    let mut open: Vec<&str> = Vec::new();
    let mut events = Vec::new();
    for (number, line) in lines.iter().filter(|(_, line)| !line.trim().is_empty()) {
        let refuse = |reason: &str| Err(format!("line {number}: {reason}"));
        let Some((head, value)) = split_outside(line, ':') else {
            return refuse("is not of the form NAME:VALUE");
        };
        let (name, parameters) = split_outside(head, ';').unwrap_or((head, ""));
        if open.is_empty() && !(is(name, "BEGIN") && is(value, "VCALENDAR")) {
            return refuse("BEGIN:VCALENDAR is expected");
        }
        if is(name, "BEGIN") {
            if open.len() == DEEPEST {
                return refuse("components are nested too deeply");
            }
            if is(value, "VEVENT") {
                events.push(Vec::new());
            }
            open.push(value);
        } else if is(name, "END") {
            if !open.pop().is_some_and(|begun| is(begun, value)) {
                return refuse("ends what did not begin last");
            }
        } else if let Some(event) = events.last_mut()
            && open.last().is_some_and(|component| is(component, "VEVENT"))
            && let Some(name) = KNOWN.iter().find(|known| is(name, known))
        {
            event.push(Property {
                line: *number,
                name: (*name).to_owned(),
                parameters,
                value: value.trim(),
            });
        }
    }
    match open.last() {
        None => Ok(events),
        Some(component) => Err(format!("ends within {component}")),
    }
}

fn is(text: &str, name: &str) -> bool {
    text.trim().eq_ignore_ascii_case(name)
}

/// Splits at the first `separator` that is not quoted.
fn split_outside(text: &str, separator: char) -> Option<(&str, &str)> {
    let first = Outside::of(text, separator).next()?;
    Some((first, text.get(first.len() + separator.len_utf8()..)?))
}

/// The parts of a text between separators that are not quoted.
struct Outside<'a> {
    rest: Option<&'a str>,
    separator: char,
}

impl<'a> Outside<'a> {
    fn of(text: &'a str, separator: char) -> Self {
        Self {
            rest: Some(text),
            separator,
        }
    }
}

impl<'a> Iterator for Outside<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.take()?;
        let mut quoted = false;
        for (index, letter) in rest.char_indices() {
            if letter == '"' {
                quoted = !quoted;
            } else if letter == self.separator && !quoted {
                self.rest = rest.get(index + letter.len_utf8()..);
                return rest.get(..index);
            }
        }
        Some(rest)
    }
}
