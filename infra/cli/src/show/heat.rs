//! Load over time, in letters: a map of minutes, and bars of seconds. Darker is more; the scale is said beside it.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Terminal, Tone};
use crate::when::Zone;

/// From nothing to the most. Without colours, and in every font.
const SHADES: [char; 6] = ['·', '░', '▒', '▓', '█', '█'];
const ASCII: [char; 6] = ['.', ':', '-', '=', '#', '@'];

/// The starts of each minute of a stretch of time.
pub struct HeatMap<'a> {
    /// The first minute.
    pub from: DateTime<Utc>,
    /// How many starts each has.
    pub minutes: &'a [u64],
    /// The zone of the rows' names.
    pub zone: Zone,
    /// Whether block letters may be used.
    pub is_plain: bool,
}

impl HeatMap<'_> {
    /// The map: a row for ten minutes of an hour, for an hour of a day, and for a day of anything longer.
    pub fn shown(&self, terminal: &Terminal) -> String {
        // Minutes in a cell, and cells in a row.
        let (cell, columns) = match self.minutes.len() {
            0..=60 => (1, 10),
            61..=1_500 => (1, 60),
            _ => (30, 48),
        };
        let cells: Vec<u64> = self
            .minutes
            .chunks(cell)
            .map(|part| part.iter().sum())
            .collect();
        let most = cells.iter().copied().max().unwrap_or(0);
        let mut text = String::new();
        for (row, part) in cells.chunks(columns).enumerate() {
            let minutes = i64::try_from(row * columns * cell).unwrap_or(0);
            let at = self.from + TimeDelta::minutes(minutes);
            let local = self.zone.local(at).format("%a %d %H:%M");
            let shades: String = part
                .iter()
                .map(|count| self.shade(*count, most, terminal))
                .collect();
            let total: u64 = part.iter().sum();
            let _ = writeln!(text, "{local}  {shades}  {total}");
        }
        let each = if cell == 1 {
            "a minute".to_owned()
        } else {
            format!("{cell} minutes")
        };
        let _ = writeln!(
            text,
            "each letter is {each}; the darkest is {most}, {} is none",
            self.letter(0, most)
        );
        text
    }

    fn shade(&self, count: u64, most: u64, terminal: &Terminal) -> String {
        let level = level(count, most);
        let tone = match level {
            0 => Tone::Faint,
            1 | 2 => Tone::Plain,
            3 | 4 => Tone::Open,
            _ => Tone::Bad,
        };
        terminal.paint(tone, &self.letter(count, most).to_string())
    }

    fn letter(&self, count: u64, most: u64) -> char {
        let letters = if self.is_plain { ASCII } else { SHADES };
        letters[level(count, most)]
    }
}

/// 0 for nothing, 1 to 5 for fifths of the most.
fn level(count: u64, most: u64) -> usize {
    if count == 0 || most == 0 {
        return 0;
    }
    let fifths = (u128::from(count) * 5).div_ceil(u128::from(most));
    usize::try_from(fifths).unwrap_or(5).clamp(1, 5)
}

/// A bar for each that has any, with its name.
pub fn bars(counts: &[(String, u64)], width: usize, is_plain: bool) -> String {
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let names = counts
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let room = u64::try_from(width.saturating_sub(names + 12).clamp(10, 60)).unwrap_or(10);
    let letter = if is_plain { "#" } else { "█" };
    let mut text = String::new();
    for (name, count) in counts.iter().filter(|(_, count)| *count > 0) {
        let long = u128::from(*count) * u128::from(room);
        let long = long.div_ceil(u128::from(most.max(1)));
        let bar = letter.repeat(usize::try_from(long).unwrap_or(0));
        let _ = writeln!(text, "{name:names$}  {count:>8}  {bar}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPED: Terminal = Terminal {
        width: None,
        colours: false,
    };

    fn map(minutes: &[u64]) -> String {
        let from = "2026-11-28T22:00:00Z".parse().unwrap();
        let map = HeatMap {
            from,
            minutes,
            zone: Zone::UTC,
            is_plain: true,
        };
        map.shown(&PIPED)
    }

    #[test]
    fn an_hour_is_six_rows_of_ten_minutes() {
        let mut minutes = [0; 60];
        (minutes[0], minutes[1], minutes[30]) = (100, 1, 50);
        assert_eq!(
            map(&minutes),
            "Sat 28 22:00  @:........  101\n\
             Sat 28 22:10  ..........  0\n\
             Sat 28 22:20  ..........  0\n\
             Sat 28 22:30  =.........  50\n\
             Sat 28 22:40  ..........  0\n\
             Sat 28 22:50  ..........  0\n\
             each letter is a minute; the darkest is 100, . is none\n"
        );
    }

    #[test]
    fn a_day_has_a_row_for_each_hour_and_a_month_for_each_day() {
        let day = map(&[1; 1_440]);
        assert_eq!(day.lines().count(), 24 + 1);
        let month = map(&vec![1; 43_200]);
        assert_eq!(month.lines().count(), 30 + 1);
        assert!(
            month.contains("each letter is 30 minutes; the darkest is 30"),
            "{month}"
        );
    }

    #[test]
    fn nothing_at_all_is_a_map_too() {
        assert!(map(&[0; 60]).ends_with("the darkest is 0, . is none\n"));
        assert!(map(&[]).starts_with("each letter"));
    }

    #[test]
    fn bars_are_as_long_as_their_share_and_the_empty_ones_are_left_out() {
        let counts = [
            (":00".to_owned(), 20),
            (":01".to_owned(), 0),
            (":02".to_owned(), 1),
        ];
        assert_eq!(
            bars(&counts, 25, true),
            ":00        20  ##########\n:02         1  #\n"
        );
    }
}
