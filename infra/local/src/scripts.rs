//! Scripts on this machine, in the same cells as on AWS. The keeper of each run is a process of the local host's own
//! program.

use std::path::Path;
use std::sync::Arc;

use punctual::domain::{ScriptCall, ScriptName, ScriptReport};
use punctual::port::{PortError, PortResult, Scripts};
use punctual_script::{Catalog, Runner, handle};

use crate::HostError;

/// The function `script`, hosted by whoever has it.
#[derive(Clone, Debug)]
pub struct LocalScripts(Arc<Runner>);

impl LocalScripts {
    /// The scripts of a folder, or those that are built in. `program` calls
    /// [`become_what_the_arguments_say`](punctual_script::become_what_the_arguments_say) before all else.
    ///
    /// # Errors
    /// If the folder holds no scripts.
    pub fn new(folder: Option<&Path>, program: &Path) -> Result<Self, HostError> {
        let catalog = match folder {
            Some(folder) => Catalog::open(folder)?,
            None => Catalog::embedded()?,
        };
        Ok(Self(Arc::new(Runner {
            catalog,
            program: program.to_owned(),
        })))
    }
}

impl Scripts for LocalScripts {
    fn refusal(&self, script: &ScriptName) -> Option<String> {
        let catalog = &self.0.catalog;
        if catalog.find(script).is_some() {
            return None;
        }
        let names: Vec<_> = catalog.names().map(ScriptName::as_str).collect();
        Some(format!(
            "is not registered here; registered are {}",
            names.join(", ")
        ))
    }

    async fn run_script(&self, call: &ScriptCall) -> PortResult<ScriptReport> {
        let handled = handle(&self.0, call.clone()).await;
        handled.map_err(|error| PortError::Unavailable {
            operation: "script",
            source: error.into(),
        })
    }
}
