//! The table of all assumptions.

use std::fmt::Write;

use crate::assumptions::{Assumption, Book, Source, Value};

/// All of them.
pub fn table(book: &Book) -> String {
    let unverified = book.all().iter().filter(|one| is_guess(one)).count();
    let mut text = format!(
        "{} assumptions, {unverified} of them guesses (**?**) that nobody was found to confirm.\n\n\
         | | value | | source |\n|---|--:|---|---|\n",
        book.all().len(),
    );
    for one in book.all() {
        let _ = writeln!(
            text,
            "| `{}` | {} {} | {} | {} |",
            one.id,
            value(&one.value),
            one.unit,
            one.what,
            source(&one.source)
        );
    }
    text
}

fn is_guess(one: &Assumption) -> bool {
    matches!(one.source, Source::Unverified { .. })
}

fn value(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Quantiles(points) => {
            let points = points.iter();
            let said: Vec<_> = points.map(|(of, value)| format!("{of}: {value}")).collect();
            said.join(", ")
        }
    }
}

/// Text that must not end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn source(source: &Source) -> String {
    match source {
        Source::Published { url, says, read_on } => {
            format!("[AWS]({url}), read {read_on}: {}", cell(says))
        }
        Source::ThirdParty { url, says, read_on } => {
            format!("[third party]({url}), read {read_on}: {}", cell(says))
        }
        Source::Code { file, .. } => format!("`{file}`"),
        Source::Measured {
            command,
            figure,
            on,
        } => format!("measured, `{command}`, {on}: {}", cell(figure)),
        Source::Unverified { why } => format!("**?** {}", cell(why)),
    }
}
