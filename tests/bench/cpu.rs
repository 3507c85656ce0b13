//! Processor time, as Linux accounts for it: what tells a bench bounded by our code from one bounded by its stand-in.

use punctual_local::HostError;

/// Linux counts in hundredths of a second on every platform that it is configured for by default.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor seconds used so far.
#[derive(Clone, Copy, Debug)]
pub struct CpuTimes {
    /// By this process: the API, the scanner, the workers and the bench.
    pub ours: f64,
    /// By the stand-in.
    pub stand_in: f64,
}

impl CpuTimes {
    pub fn read(stand_in: Option<u32>) -> Result<Self, HostError> {
        Ok(Self {
            ours: seconds("self")?,
            stand_in: stand_in.map_or(Ok(0.0), |pid| seconds(&pid.to_string()))?,
        })
    }

    pub fn since(self, before: &Self) -> Self {
        Self {
            ours: self.ours - before.ours,
            stand_in: self.stand_in - before.stand_in,
        }
    }
}

fn seconds(process: &str) -> Result<f64, HostError> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in parentheses, may hold anything; user and system time are the 12th and 13th fields behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let times = fields.split_ascii_whitespace().skip(11).take(2);
    let ticks: f64 = times.map(str::parse::<f64>).sum::<Result<_, _>>()?;
    Ok(ticks / TICKS_PER_SECOND)
}
