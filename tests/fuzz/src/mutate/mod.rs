//! Changes to inputs that leave them likely to be read on: of JSON, a value at a time; of text, a word at a time; of
//! anything, a byte at a time. The long run hands these to the fuzzer's engine, and the short one has no others.

mod json;
mod random;
mod text;

pub use random::Random;

/// How a target's inputs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON value.
    Json,
    /// Lines of words.
    Text,
}

/// `input` with one to four changes, of at most `max_bytes`. `words` are those that the target knows; `other` is another
/// input of the same target, to take parts from.
pub fn mutated(
    form: Form,
    words: &[&str],
    input: &[u8],
    other: &[u8],
    max_bytes: usize,
    random: &mut Random,
) -> Vec<u8> {
    let mut changed = input.to_vec();
    for _ in 0..=random.below(4) {
        // Seldom blindly: what no reader takes is soon refused.
        let next = if random.once_in(12) {
            Some(text::any_byte(&changed, random))
        } else {
            match form {
                Form::Json => json::changed(words, &changed, other, random),
                Form::Text => None,
            }
        };
        changed = next.unwrap_or_else(|| text::changed(words, &changed, other, random));
    }
    changed.truncate(max_bytes);
    changed
}

#[cfg(test)]
mod tests;
