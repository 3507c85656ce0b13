//! The function `script`: runs one registered script in a cell of its own, and reports how it went. It may do nothing in
//! its account, so a script that breaks out of its cell has won an empty room.
//!
//! Three processes take part. The *function* copies the program into a fresh folder and starts the *keeper*, which is
//! this same program again. The keeper takes the network away, starts the *cell* (once more this program, which gives
//! up its rights, sets its limits and becomes the script) and sees to it that nothing outlives the run. The function
//! holds the keeper's standard input open: when it closes, whatever the reason, the keeper ends the run.

mod answer;
mod capture;
mod catalog;
mod cell;
mod keeper;
mod limits;
mod run;

pub use catalog::{Catalog, CatalogError, Entry};
pub use keeper::keep;
pub use limits::Limits;
pub use run::{Runner, RunnerError};

use punctual::domain::{ScriptCall, ScriptReport};

/// Runs the script that `call` names.
///
/// # Errors
/// If nothing can be said of the run: it may or may not have been begun.
pub async fn handle(runner: &Runner, call: ScriptCall) -> Result<ScriptReport, RunnerError> {
    let (script, execution) = (call.script.clone(), call.execution);
    let mut report = runner.run(call).await?;
    answer::fit(&mut report);
    tracing::info!(
        %script,
        execution_id = %execution,
        end = ?report.end,
        cpu_ms = report.cpu_ms,
        memory_kib = report.memory_kib,
        network = ?report.network,
        "script"
    );
    Ok(report)
}

/// The argument that makes this program the keeper of one run.
pub const KEEPER: &str = "script-keeper";

/// The argument that makes this program one script's cell.
pub const CELL: &str = "script-cell";

/// Becomes the keeper or the cell if the program's arguments say so; returns otherwise. Call it before a runtime starts
/// its threads.
pub fn become_what_the_arguments_say() {
    match std::env::args().nth(1).as_deref() {
        Some(KEEPER) => std::process::exit(keep()),
        Some(CELL) => std::process::exit(cell::enter()),
        _ => {}
    }
}
