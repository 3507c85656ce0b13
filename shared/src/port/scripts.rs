//! Where registered scripts run: a function of their own, which may do nothing else.

use super::PortResult;
use crate::domain::{ScriptCall, ScriptReport};

/// The function `script`.
pub trait Scripts: Send + Sync + 'static {
    /// Runs a script and waits for its end. An error says nothing of the run: it may have been begun.
    fn run_script(
        &self,
        call: &ScriptCall,
    ) -> impl Future<Output = PortResult<ScriptReport>> + Send;
}
