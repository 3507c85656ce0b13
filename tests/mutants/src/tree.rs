//! A copy of the sources in which changes are woven in, and its build. What does not compile is taken out again, and is
//! known by where the compiler finds fault.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Trouble;
use crate::list::Mutant;
use crate::sites::sites;
use crate::weave::Woven;

/// Where the copy is, and what it is built into.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    target: PathBuf,
    woven: BTreeMap<String, Woven>,
}

/// A program of tests.
#[derive(Debug)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// The folder that it runs in.
    pub folder: PathBuf,
}

/// How a program of tests is built, and the folder of its package.
pub type Recipe = (&'static [&'static str], &'static str);

/// The tests that need nothing but themselves: the core's own, and the API's.
pub const PROGRAMS: [Recipe; 2] = [
    (
        &["--package=punctual", "--no-default-features", "--lib"],
        "shared",
    ),
    (&["--workspace", "--test=api"], "functions/api"),
];

/// What came of weaving and building.
#[derive(Debug)]
pub struct Built {
    /// The tests.
    pub programs: Vec<Program>,
    /// Changes that do not compile.
    pub unviable: BTreeSet<usize>,
    /// Changes that have no site: they have to be made one by one.
    pub without: BTreeSet<usize>,
}

impl Tree {
    /// A copy of what is committed, or added, in the workspace at `source`; under `at`.
    ///
    /// # Errors
    /// If it cannot be copied.
    pub fn copy(source: &Path, at: &Path) -> Result<Self, Trouble> {
        let root = at.join("tree");
        let listed = Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(source)
            .output()?;
        for file in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
            let (from, to) = (source.join(file), root.join(file));
            // What is the same already keeps its time: nothing is compiled anew for it.
            let Ok(content) = fs::read(&from) else {
                continue;
            };
            if fs::read(&to).ok().as_ref() == Some(&content) {
                continue;
            }
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(to, content)?;
        }
        let target = at.join("target");
        let woven = BTreeMap::new();
        Ok(Self {
            root,
            target,
            woven,
        })
    }

    /// Weaves `mutants` in and builds the programs of `recipes`, as often as it takes to find what does not compile.
    ///
    /// # Errors
    /// If the compiler finds fault with what no change has made.
    pub fn build(
        mut self,
        source: &Path,
        mutants: &[Mutant],
        recipes: &[Recipe],
    ) -> Result<Built, Trouble> {
        let mut unviable = BTreeSet::new();
        let mut without = BTreeSet::new();
        let switch = self.root.join("shared/src/mutant_switch.rs");
        write_new(&switch, include_str!("../switch.rs"))?;
        let lib = fs::read_to_string(source.join("shared/src/lib.rs"))?;
        write_new(
            &self.root.join("shared/src/lib.rs"),
            &format!("{lib}\nmod mutant_switch;\n"),
        )?;
        let mut programs = Vec::new();
        while let Some((arguments, folder)) = recipes.get(programs.len()) {
            without.extend(self.weave(source, mutants, &unviable)?);
            match self.compile(arguments)? {
                Outcome::Built(path) => programs.push(Program {
                    path,
                    folder: self.root.join(folder),
                }),
                Outcome::Refused(found) => {
                    eprintln!("{} changes do not compile", unviable.len() + found.len());
                    unviable.extend(found);
                    programs.clear();
                }
            }
        }
        Ok(Built {
            programs,
            unviable,
            without,
        })
    }

    fn weave(
        &mut self,
        source: &Path,
        mutants: &[Mutant],
        left_out: &BTreeSet<usize>,
    ) -> Result<Vec<usize>, Trouble> {
        let mut by_file: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
        for (number, mutant) in mutants.iter().enumerate() {
            let of_file = by_file.entry(&mutant.file).or_default();
            if !left_out.contains(&number) {
                of_file.push((number, mutant));
            }
        }
        let mut without = Vec::new();
        for (file, mutants) in by_file {
            let text = fs::read_to_string(source.join(file))?;
            let found = sites(&text, &mutants)?;
            without.extend(found.without);
            let woven = Woven::of(&text, found.insertions);
            write_new(&self.root.join(file), &woven.text)?;
            self.woven.insert(file.to_owned(), woven);
        }
        Ok(without)
    }

    fn compile(&self, arguments: &[&str]) -> Result<Outcome, Trouble> {
        let output = Command::new("cargo")
            .args(["test", "--locked", "--no-run", "--message-format=json"])
            .args(arguments)
            .env("CARGO_TARGET_DIR", &self.target)
            .current_dir(&self.root)
            .stderr(Stdio::inherit())
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let said: Vec<Said> = said
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        if output.status.success() {
            // The package's own programs are built beside its tests.
            let is_test = |said: &Said| said.profile.as_ref().is_some_and(|profile| profile.test);
            let program = said
                .into_iter()
                .filter(is_test)
                .find_map(|said| said.executable);
            return program
                .map(Outcome::Built)
                .ok_or_else(|| Trouble::Compiler("no tests were built".to_owned()));
        }
        let mut refused = BTreeSet::new();
        for message in said.into_iter().filter_map(|said| said.message) {
            if message.level != "error" || message.spans.is_empty() {
                continue;
            }
            let is_at_fault = |span: &&Location| span.is_primary;
            let found = message.spans.iter().find(is_at_fault);
            let found =
                found.and_then(|span| self.woven.get(&span.file_name)?.change_at(span.byte_start));
            let Some(found) = found else {
                return Err(Trouble::Compiler(message.rendered.unwrap_or_default()));
            };
            refused.insert(found);
        }
        if refused.is_empty() {
            return Err(Trouble::Compiler(
                "the build failed, and said nothing".to_owned(),
            ));
        }
        Ok(Outcome::Refused(refused))
    }
}

enum Outcome {
    Built(PathBuf),
    Refused(BTreeSet<usize>),
}

/// What cargo says in a line.
#[derive(Deserialize)]
struct Said {
    executable: Option<PathBuf>,
    profile: Option<Profile>,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Message {
    level: String,
    spans: Vec<Location>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Location {
    file_name: String,
    byte_start: usize,
    is_primary: bool,
}

/// Writes a file, unless it reads so already.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    fs::write(path, text)
}
