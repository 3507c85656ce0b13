//! What came of all changes, file by file, and the list of those that nobody noticed.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::list::Mutant;
use crate::trial::Fate;

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The compiler refuses it.
    DoesNotCompile,
    /// It cannot be switched on: cargo-mutants itself has to make it.
    NotTried,
    /// The tests were run.
    Tried(Fate),
}

#[derive(Clone, Copy, Default)]
struct Row {
    all: usize,
    caught: usize,
    survived: usize,
    unreached: usize,
    unviable: usize,
    untried: usize,
}

impl Row {
    fn add(&mut self, ending: Ending) {
        self.all += 1;
        *match ending {
            Ending::DoesNotCompile => &mut self.unviable,
            Ending::NotTried => &mut self.untried,
            Ending::Tried(Fate::Caught) => &mut self.caught,
            Ending::Tried(Fate::Survived) => &mut self.survived,
            Ending::Tried(Fate::Unreached) => &mut self.unreached,
        } += 1;
    }

    fn line(self, name: &str) -> String {
        let Self {
            all,
            caught,
            survived,
            unreached,
            unviable,
            untried,
        } = self;
        format!(
            "| {name} | {all} | {caught} | {survived} | {unreached} | {unviable} | {untried} |\n"
        )
    }
}

/// A table of folders and files, then what survived, then what was not tried.
pub fn table(mutants: &[Mutant], endings: &BTreeMap<usize, Ending>) -> String {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut total = Row::default();
    for (number, ending) in endings {
        let file = mutants[*number].file.trim_start_matches("shared/src/");
        rows.entry(file).or_default().add(*ending);
        total.add(*ending);
    }
    let mut text = String::from(
        "| file | changes | caught | survived | reached by no test | do not compile | not tried |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (file, row) in rows {
        text.push_str(&row.line(&format!("`{file}`")));
    }
    text.push_str(&total.line("**all**"));
    for (wanted, heading) in [
        (Ending::Tried(Fate::Survived), "survived"),
        (Ending::Tried(Fate::Unreached), "reached by no test"),
        (Ending::NotTried, "not tried"),
    ] {
        let found = endings.iter().filter(|(_, ending)| **ending == wanted);
        let names: Vec<_> = found.map(|(number, _)| &mutants[*number].name).collect();
        if !names.is_empty() {
            let _ = writeln!(text, "\n{heading}:");
        }
        for name in names {
            let _ = writeln!(text, "- {name}");
        }
    }
    text
}
