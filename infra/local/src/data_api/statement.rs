//! Numbers a statement's names: `:name` becomes `$1`. Quoted text, comments and casts stay as they are.

/// The statement with numbers, each in its name's cast, and the parameters in the order of their numbers; or the name
/// that has no value. `casts` holds every parameter's name and SQL type, where it has to be named.
pub(super) fn numbered(
    sql: &str,
    casts: &[(&str, Option<&str>)],
) -> Result<(String, Vec<usize>), String> {
    let mut out = String::with_capacity(sql.len());
    let mut used = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => quoted(rest, first),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '$' => dollar_quoted(rest),
            ':' if rest.starts_with("::") => 2,
            ':' => {
                let name = name_at(&rest[1..]);
                if name.is_empty() {
                    1
                } else {
                    let found = casts.iter().position(|(known, _)| *known == name);
                    let index = found.ok_or_else(|| name.to_owned())?;
                    let number = if let Some(place) = used.iter().position(|other| *other == index)
                    {
                        place + 1
                    } else {
                        used.push(index);
                        used.len()
                    };
                    match casts[index].1 {
                        None => out.push_str(&format!("${number}")),
                        Some(cast) => out.push_str(&format!("CAST(${number} AS {cast})")),
                    }
                    rest = &rest[1 + name.len()..];
                    continue;
                }
            }
            other => other.len_utf8(),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    Ok((out, used))
}

fn name_at(text: &str) -> &str {
    let is_first = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let end = text.find(|each: char| !(each.is_ascii_alphanumeric() || each == '_'));
    if is_first {
        &text[..end.unwrap_or(text.len())]
    } else {
        ""
    }
}

fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
}

/// `$tag$ ... $tag$`, or one character.
fn dollar_quoted(text: &str) -> usize {
    let Some(end) = text[1..].find('$') else {
        return 1;
    };
    let tag = &text[..end + 2];
    if !tag[1..=end]
        .chars()
        .all(|each| each.is_ascii_alphanumeric() || each == '_')
    {
        return 1;
    }
    let body = &text[tag.len()..];
    body.find(tag)
        .map_or(text.len(), |close| close + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_where_they_are_names() {
        let casts = [("a", None), ("b", Some("date"))];
        for (sql, numbered_sql, order) in [
            ("SELECT :a", "SELECT $1", vec![0]),
            (
                "SELECT :b, :a, :b",
                "SELECT CAST($1 AS date), $2, CAST($1 AS date)",
                vec![1, 0],
            ),
            (
                "SELECT ':a', \":a\", x::a -- :a",
                "SELECT ':a', \":a\", x::a -- :a",
                vec![],
            ),
            (
                "SELECT 'it''s :a' /* :a */, :a",
                "SELECT 'it''s :a' /* :a */, $1",
                vec![0],
            ),
            ("DO $$ SELECT :a $$", "DO $$ SELECT :a $$", vec![]),
            ("SELECT 'ü' || :a", "SELECT 'ü' || $1", vec![0]),
        ] {
            assert_eq!(
                numbered(sql, &casts),
                Ok((numbered_sql.to_owned(), order)),
                "{sql}"
            );
        }
        assert_eq!(numbered("SELECT :c", &casts), Err("c".to_owned()));
    }
}
