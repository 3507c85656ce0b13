//! Tables whose columns line up, whatever is in them. Where they would be wider than the terminal, the columns that may
//! give way are cut; where there is no terminal, nothing is.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Terminal, Tone, printable};

/// What stands in a place of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// Text of whoever.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: printable(text.as_ref()).replace('\n', " "),
            tone: Tone::Plain,
        }
    }

    /// The same, coloured.
    #[must_use]
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// A name whose colour says how good it is.
    pub fn state(name: &str) -> Self {
        Self::new(name).toned(Tone::of(name))
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// A table that is being filled.
#[derive(Debug)]
pub struct Table {
    headings: Vec<&'static str>,
    giving_way: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    empty: &'static str,
}

const GAP: usize = 2;
/// A column that gives way keeps so much.
const LEAST: usize = 8;

impl Table {
    /// A table of these columns, and what is said where it has no rows.
    pub fn new(headings: &[&'static str], empty: &'static str) -> Self {
        Self {
            headings: headings.to_vec(),
            giving_way: Vec::new(),
            rows: Vec::new(),
            empty,
        }
    }

    /// Names the columns that are cut where it gets narrow, the first one first.
    #[must_use]
    pub fn giving_way(self, headings: &[&'static str]) -> Self {
        Self {
            giving_way: headings.to_vec(),
            ..self
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The table as text.
    pub fn shown(&self, terminal: &Terminal) -> String {
        if self.rows.is_empty() {
            return format!("{}\n", self.empty);
        }
        let widths = self.widths(terminal.width);
        let mut text = String::new();
        let headings = self
            .headings
            .iter()
            .map(|heading| Cell::new(heading).toned(Tone::Heading));
        for row in std::iter::once(headings.collect()).chain(self.rows.iter().cloned()) {
            line(&mut text, &row, &widths, terminal);
        }
        text
    }

    fn widths(&self, room: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self
            .headings
            .iter()
            .map(|heading| heading.width())
            .collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        let Some(room) = room else {
            return widths;
        };
        for heading in &self.giving_way {
            let needed: usize = widths.iter().map(|width| width + GAP).sum::<usize>() - GAP;
            let Some(over) = needed.checked_sub(room).filter(|over| *over > 0) else {
                break;
            };
            let place = self.headings.iter().position(|named| named == heading);
            if let Some(width) = place.and_then(|place| widths.get_mut(place)) {
                *width = (*width).min(width.saturating_sub(over).max(LEAST));
            }
        }
        widths
    }
}

fn line(text: &mut String, row: &[Cell], widths: &[usize], terminal: &Terminal) {
    let begin = text.len();
    for (cell, width) in row.iter().zip(widths) {
        let shown = cut(&cell.text, *width);
        let blanks = width.saturating_sub(shown.width()) + GAP;
        text.push_str(&terminal.paint(cell.tone, &shown));
        text.extend(std::iter::repeat_n(' ', blanks));
    }
    text.truncate(begin + text[begin..].trim_end_matches(' ').len());
    text.push('\n');
}

/// The beginning of a text that fits.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 1);
    for letter in text.chars() {
        used += letter.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(letter);
    }
    kept + "…"
}

/// What is known of one thing: a name and a value a line.
#[derive(Debug, Default)]
pub struct Facts(Vec<(&'static str, Cell)>);

impl Facts {
    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<Cell>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a fact, if it is known.
    #[must_use]
    pub fn known(self, name: &'static str, value: Option<impl Into<Cell>>) -> Self {
        match value {
            Some(value) => self.fact(name, value),
            None => self,
        }
    }

    /// The facts as text.
    pub fn shown(&self, terminal: &Terminal) -> String {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let mut text = String::new();
        for (name, cell) in &self.0 {
            let name = terminal.paint(Tone::Faint, &format!("{name:width$}"));
            let value = terminal.paint(cell.tone, &cell.text);
            let _ = writeln!(text, "{name}  {value}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPED: Terminal = Terminal {
        width: None,
        colours: false,
    };

    fn table() -> Table {
        let mut table = Table::new(&["ID", "NAME", "STATE"], "No jobs.").giving_way(&["NAME"]);
        table.row(vec![
            "1".into(),
            "a rather long name\x1b[2J".into(),
            Cell::state("active"),
        ]);
        table.row(vec!["22".into(), "日本".into(), Cell::state("paused")]);
        table
    }

    #[test]
    fn columns_line_up_and_nothing_is_cut_where_there_is_no_terminal() {
        assert_eq!(
            table().shown(&PIPED),
            "ID  NAME                    STATE\n\
             1   a rather long name\u{fffd}[2J  active\n\
             22  日本                    paused\n"
        );
    }

    #[test]
    fn a_column_gives_way_to_the_terminal() {
        let narrow = Terminal {
            width: Some(24),
            ..PIPED
        };
        assert_eq!(
            table().shown(&narrow),
            "ID  NAME          STATE\n\
             1   a rather lo…  active\n\
             22  日本          paused\n"
        );
        let tiny = Terminal {
            width: Some(3),
            ..PIPED
        };
        assert!(table().shown(&tiny).contains("a rathe…  active"));
    }

    #[test]
    fn colours_take_no_room() {
        let coloured = Terminal {
            width: Some(80),
            colours: true,
        };
        let shown = table().shown(&coloured);
        assert!(shown.contains("\x1b[32mactive\x1b[0m"), "{shown}");
        assert!(
            shown.starts_with("\x1b[1mID\x1b[0m  \x1b[1mNAME\x1b[0m"),
            "{shown}"
        );
    }

    #[test]
    fn a_table_without_rows_says_so() {
        assert_eq!(Table::new(&["ID"], "No jobs.").shown(&PIPED), "No jobs.\n");
    }

    #[test]
    fn a_fact_stands_beside_its_name() {
        let facts = Facts::default()
            .fact("id", "7")
            .known("reason", None::<Cell>)
            .fact("state", "dead");
        assert_eq!(facts.shown(&PIPED), "id     7\nstate  dead\n");
    }
}
