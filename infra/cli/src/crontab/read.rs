//! Lines into entries. What a field of a schedule may hold is not judged here: the API does, and says what is wrong.

use std::collections::BTreeMap;

use super::{Entry, Refused};

/// Whose crontab it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A user's: the command stands behind the schedule.
    User,
    /// A system's (`/etc/crontab`, `/etc/cron.d`): a user's name stands between them.
    System,
}

/// What a crontab says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crontab {
    /// What it has run.
    pub entries: Vec<Entry>,
    /// What cannot be imported.
    pub refused: Vec<Refused>,
    /// What its settings will not do, by line.
    pub remarks: Vec<(usize, String)>,
}

/// What is cron's own business, and not set for commands.
const OF_CRON: [&str; 5] = ["CRON_TZ", "MAILFROM", "MAILTO", "RANDOM_DELAY", "SHELL"];

const NICKNAMES: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// Reads a crontab.
pub fn read(text: &str, form: Form) -> Crontab {
    let mut crontab = Crontab::default();
    let mut environment = BTreeMap::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, text) in text.lines().enumerate() {
        let line = number + 1;
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = setting(trimmed) {
            crontab
                .remarks
                .extend(remark(&name, &value).map(|remark| (line, remark)));
            environment.insert(name, value);
            continue;
        }
        match entry(trimmed, form, &environment) {
            Ok(entry) => {
                let copies = seen.entry(trimmed).or_default();
                let copy = *copies;
                *copies += 1;
                let text = trimmed.to_owned();
                crontab.entries.push(Entry {
                    line,
                    text,
                    copy,
                    ..entry
                });
            }
            Err(reason) => crontab.refused.push(Refused {
                line,
                text: trimmed.to_owned(),
                reason,
            }),
        }
    }
    crontab
}

/// `NAME=value`, either of them perhaps in quotation marks.
fn setting(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let name = unquoted(name.trim());
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let word = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (begins && word).then(|| (name.to_owned(), unquoted(value.trim()).to_owned()))
}

fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark))
        .unwrap_or(text)
}

/// What a setting will not do.
fn remark(name: &str, value: &str) -> Option<String> {
    let remark = match name {
        "MAILTO" | "MAILFROM" if !value.is_empty() => {
            "is not heeded: no mail is sent; a job's `notify` tells of failures"
        }
        "TZ" => "is given to the commands; it moves no schedule, as under cron (CRON_TZ does)",
        "RANDOM_DELAY" => "is not heeded; `punctual jobs edit --spread` moves a job into a window",
        _ => return None,
    };
    Some(format!("{name} {remark}"))
}

/// An entry without its place.
fn entry(line: &str, form: Form, environment: &BTreeMap<String, String>) -> Result<Entry, String> {
    let mut remarks = Vec::new();
    // Of cronie: not to be logged.
    let line = line.strip_prefix('-').unwrap_or(line);
    let (expression, rest) = schedule(line, &mut remarks)?;
    let (user, command) = match form {
        Form::User => (None, rest),
        Form::System => {
            let (user, command) = word(rest).ok_or("there is no user, and no command")?;
            remarks.push(format!("runs as whoever runs the worker, not as `{user}`"));
            (Some(user.to_owned()), command)
        }
    };
    let (command, stdin) = at_percent(command);
    let command = command.trim().to_owned();
    if command.is_empty() {
        return Err("there is no command".to_owned());
    }
    let set = |name: &str| {
        environment
            .get(name)
            .filter(|value| !value.is_empty())
            .cloned()
    };
    let given = environment
        .iter()
        .filter(|(name, _)| !OF_CRON.contains(&name.as_str()));
    Ok(Entry {
        line: 0,
        text: String::new(),
        copy: 0,
        expression,
        timezone: set("CRON_TZ"),
        user,
        command,
        stdin,
        shell: set("SHELL").filter(|shell| shell != "/bin/sh"),
        environment: given
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        remarks,
    })
}

/// The first word, and what stands behind it.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn schedule<'a>(line: &'a str, remarks: &mut Vec<String>) -> Result<(String, &'a str), String> {
    if line.starts_with('@') {
        let (nickname, rest) = word(line).unwrap_or((line, ""));
        return match nickname {
            "@reboot" => {
                Err("a job has no reboot to wait for; an init system starts things then".to_owned())
            }
            known if NICKNAMES.contains(&known) => Ok((known.to_owned(), rest)),
            _ => Err(format!("`{nickname}` is not known")),
        };
    }
    let mut fields = Vec::with_capacity(5);
    let mut rest = line;
    while fields.len() < 5 {
        let (field, behind) = word(rest).ok_or("a schedule has five fields")?;
        fields.push(own_values(field, remarks));
        rest = behind;
    }
    Ok((fields.join(" "), rest))
}

/// cronie's `~` chooses a value when the table is read; an `H` is chosen once, for good.
fn own_values(field: &str, remarks: &mut Vec<String>) -> String {
    if !field.contains('~') {
        return field.to_owned();
    }
    remarks.push("the value for `~` is chosen once, and stays (`H`)".to_owned());
    let own = |item: &str| match item.split_once('~') {
        None => item.to_owned(),
        Some(("", "")) => "H".to_owned(),
        Some((from, until)) => format!("H({from}-{until})"),
    };
    field.split(',').map(own).collect::<Vec<_>>().join(",")
}

/// The first `%` ends the command; the rest is its standard input, where `%` ends lines. `\%` is a `%`.
fn at_percent(text: &str) -> (String, Option<String>) {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'%') => part.extend(letters.next()),
            '%' => parts.push(std::mem::take(&mut part)),
            letter => part.push(letter),
        }
    }
    parts.push(part);
    let command = parts.remove(0);
    // What is given ends with a line's end, as under cron.
    (
        command,
        (!parts.is_empty()).then(|| parts.join("\n") + "\n"),
    )
}
