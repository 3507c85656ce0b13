//! The document: prose by hand, tables between marks by machine. What lies between the marks is replaced as a whole, so a
//! document that was written by an older simulation is told by comparing it.

pub mod book;
pub mod days;
pub mod doubt;
pub mod herds;
pub mod picture;
mod walk;
pub mod words;

use crate::assumptions::Book;
use crate::platform::Platform;
use crate::scenarios::{days as all_days, herds as all_herds, run_day, run_herd, side_by_side};

/// The seed of the document.
pub const SEED: u64 = 1;

/// What the simulation has to say.
#[derive(Clone, Debug)]
pub struct Report {
    /// The parts of the document, by the names of their marks.
    pub sections: Vec<(&'static str, String)>,
    /// The picture of the herds.
    pub picture: String,
}

impl Report {
    /// Simulates everything, and tells `progress` of it line by line.
    pub fn make(platform: &Platform, book: &Book, progress: impl Fn(&str) + Sync) -> Self {
        let herds = side_by_side(&all_herds(), |herd| {
            let row = run_herd(platform, herd, SEED);
            progress(&format!("herd of {}, {}", herd.jobs, herd.name));
            row
        });
        let days = side_by_side(&all_days(), |day| {
            let row = run_day(platform, day, SEED);
            progress(&format!("{:.0} runs a day, {:?}", day.runs, day.moved));
            row
        });
        Self {
            sections: vec![
                ("herds", herds::table(&herds)),
                ("settings", herds::settings(&herds, &days)),
                ("days", days::table(&days)),
                ("costs", days::costs(&days)),
                ("idle", days::idle(platform)),
                ("walk", walk::through(platform, &herds, &days)),
                ("doubt", doubt::table(platform)),
                ("door", herds::door(platform)),
                ("assumptions", book::table(book)),
            ],
            picture: picture::of_herds(&herds),
        }
    }

    /// The document with its parts replaced.
    ///
    /// # Errors
    /// If a mark is missing.
    pub fn write_into(&self, document: &str) -> Result<String, MissingMark> {
        let mut document = document.to_owned();
        for (name, text) in &self.sections {
            let (from, to) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
            let begins = document.find(&from).ok_or(MissingMark(name))? + from.len();
            let ends = document[begins..].find(&to).ok_or(MissingMark(name))? + begins;
            document.replace_range(begins..ends, &format!("\n{text}"));
        }
        Ok(document)
    }
}

/// The document has no place for a part.
#[derive(Debug, thiserror::Error)]
#[error("the document has no marks <!-- {0} --> and <!-- /{0} -->")]
pub struct MissingMark(&'static str);
