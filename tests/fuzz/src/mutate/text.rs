//! Changes to text: of a word, of a run of bytes, of a single byte.

use super::Random;

/// Numbers at which readers are known to stumble.
const NUMBERS: [&str; 12] = [
    "0",
    "1",
    "-1",
    "7",
    "59",
    "60",
    "32768",
    "2147483647",
    "4294967296",
    "9223372036854775807",
    "1e308",
    "0.5",
];

/// `input` with one byte put in, taken out or replaced.
pub(super) fn any_byte(input: &[u8], random: &mut Random) -> Vec<u8> {
    let mut changed = input.to_vec();
    let at = random.below(changed.len() + 1);
    let byte = random.any().to_be_bytes()[0];
    match random.below(3) {
        0 => changed.insert(at, byte),
        1 if at < changed.len() => {
            changed.remove(at);
        }
        _ => match changed.get_mut(at) {
            Some(place) => *place = byte,
            None => changed.push(byte),
        },
    }
    changed
}

/// `input` with a word replaced, put in or taken out, or with a part of `other` in it.
pub(super) fn changed(words: &[&str], input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let (from, to) = word(input, random);
    let known = random
        .one_of(words)
        .map_or(&b""[..], |word| word.as_bytes());
    let number = random
        .one_of(&NUMBERS)
        .map_or(&b""[..], |number| number.as_bytes());
    let middle: &[u8] = match random.below(7) {
        0 => number,
        1 => &[],
        2 => {
            let (from, to) = word(other, random);
            &other[from..to]
        }
        3 => {
            let (from, to) = (random.below(other.len() + 1), random.below(other.len() + 1));
            &other[from.min(to)..from.max(to)]
        }
        4 => &input[from..to],
        _ => known,
    };
    // Half of the time beside the word, half of the time instead of it.
    let from = if random.once_in(2) { from } else { to };
    [&input[..from], middle, &input[to..]].concat()
}

/// Where a word begins and ends: letters and digits, or a single other character.
fn word(input: &[u8], random: &mut Random) -> (usize, usize) {
    let at = random.below(input.len());
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric();
    if !input.get(at).is_some_and(is_part) {
        return (at, (at + 1).min(input.len()));
    }
    let before = input[..at].iter().rev().take_while(|byte| is_part(byte));
    let behind = input[at..].iter().take_while(|byte| is_part(byte));
    (at - before.count(), at + behind.count())
}
