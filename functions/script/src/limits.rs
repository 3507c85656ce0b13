//! What a script may use. The limits are the kernel's own, set by the cell upon itself before it becomes the script: no
//! script can raise them again.

use nix::sys::resource::{Resource, setrlimit};
use serde::{Deserialize, Serialize};

/// Limits of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Seconds of CPU, per process.
    pub cpu_seconds: u64,
    /// Address space of each process, in MiB.
    pub memory_mib: u64,
    /// The largest file that it may write, in MiB.
    pub file_mib: u64,
    /// Open files, per process.
    pub open_files: u64,
    /// Processes and threads at once.
    pub processes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu_seconds: 60,
            memory_mib: 256,
            file_mib: 64,
            open_files: 64,
            processes: 32,
        }
    }
}

const MIB: u64 = 1024 * 1024;

impl Limits {
    /// Puts the limits on this process and on all that it starts.
    pub(crate) fn set(self) -> nix::Result<()> {
        // A second between the two: SIGXCPU can be caught, SIGKILL cannot.
        setrlimit(
            Resource::RLIMIT_CPU,
            self.cpu_seconds,
            self.cpu_seconds.saturating_add(1),
        )?;
        for (resource, limit) in [
            (Resource::RLIMIT_AS, self.memory_mib.saturating_mul(MIB)),
            (Resource::RLIMIT_FSIZE, self.file_mib.saturating_mul(MIB)),
            (Resource::RLIMIT_NOFILE, self.open_files),
            (Resource::RLIMIT_CORE, 0),
        ] {
            setrlimit(resource, limit, limit)?;
        }
        #[cfg(target_os = "linux")]
        setrlimit(Resource::RLIMIT_NPROC, self.processes, self.processes)?;
        Ok(())
    }
}
