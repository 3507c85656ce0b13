//! Where registered scripts run: a function of their own, which may do nothing else.

use super::PortResult;
use crate::domain::{ScriptCall, ScriptName, ScriptReport};

/// The function `script`.
pub trait Scripts: Send + Sync + 'static {
    /// Why no job may name this script, if none may. Who does not know the names says nothing: the function will.
    fn refusal(&self, script: &ScriptName) -> Option<String>;

    /// Runs a script and waits for its end. An error says nothing of the run: it may have been begun.
    fn run_script(
        &self,
        call: &ScriptCall,
    ) -> impl Future<Output = PortResult<ScriptReport>> + Send;
}
