//! The drill's table.

use std::fmt;

/// Rows of a name and a figure, in the order in which they were found.
#[derive(Default)]
pub struct Table(Vec<(String, String)>);

impl Table {
    /// One more row; said at once, too.
    pub fn row(&mut self, name: &str, figure: &impl fmt::Display) {
        let figure = figure.to_string();
        println!("  {name}: {figure}");
        self.0.push((name.to_owned(), figure));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| the drill | |\n|---|---|")?;
        for (name, figure) in &self.0 {
            writeln!(f, "| {name} | {figure} |")?;
        }
        Ok(())
    }
}
