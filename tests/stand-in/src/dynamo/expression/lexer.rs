//! Cuts an expression into tokens.

use super::invalid;
use crate::refusal::Refusal;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word: a keyword, a function or an attribute's name.
    Word(String),
    /// `#name`.
    Name(String),
    /// `:value`.
    Value(String),
    /// A list's index.
    Index(usize),
    /// Anything else that the language has.
    Symbol(&'static str),
}

impl Token {
    /// As it stood in the expression.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Word(text) | Self::Name(text) | Self::Value(text) => text.clone(),
            Self::Index(index) => index.to_string(),
            Self::Symbol(symbol) => (*symbol).to_owned(),
        }
    }
}

/// The longer before those that they begin with.
const SYMBOLS: [&str; 14] = [
    "<>", "<=", ">=", "<", ">", "=", "(", ")", "[", "]", ",", ".", "+", "-",
];

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn tokens(kind: &'static str, text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return Err(invalid(kind, "The expression can not be empty;"));
    }
    while !rest.is_empty() {
        let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
        if let Some(symbol) = symbol {
            tokens.push(Token::Symbol(symbol));
            rest = rest[symbol.len()..].trim_start();
            continue;
        }
        let marked = rest.starts_with(['#', ':']);
        let word = &rest[usize::from(marked)..];
        let length = word.bytes().take_while(|byte| is_word(*byte)).count();
        if length == 0 {
            let token: String = rest.chars().take(1).collect();
            return Err(invalid(
                kind,
                format_args!("Syntax error; token: \"{token}\", near: \"{rest}\""),
            ));
        }
        let (text, after) = rest.split_at(length + usize::from(marked));
        tokens.push(match text.as_bytes()[0] {
            b'#' => Token::Name(text.to_owned()),
            b':' => Token::Value(text.to_owned()),
            b'0'..=b'9' => Token::Index(text.parse().map_err(|_| {
                invalid(
                    kind,
                    format_args!("Syntax error; token: \"{text}\", near: \"{rest}\""),
                )
            })?),
            _ => Token::Word(text.to_owned()),
        });
        rest = after.trim_start();
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_cut_into_its_tokens() {
        let tokens = tokens("ConditionExpression", "#a.b[0] <>:v AND(x<=:w)").unwrap();
        let texts: Vec<_> = tokens.iter().map(Token::text).collect();
        let expected = [
            "#a", ".", "b", "[", "0", "]", "<>", ":v", "AND", "(", "x", "<=", ":w", ")",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn what_the_language_has_not_is_refused() {
        for text in ["", "  ", "a ! b", "a = 'x'", "#", ":", "ü = :a", "1x"] {
            assert!(tokens("ConditionExpression", text).is_err(), "{text}");
        }
    }
}
