//! The table, in Markdown.

use crate::figures::{Run, percentile};

/// One row for each run.
pub fn table(runs: &[Run]) -> String {
    let mut lines = vec![
        "| run | jobs | lateness p50 | p99 | max | executions at once | target connections | target errors \
         | API p99 before | during | API failures | drained after | failed | lost | duplicates |"
            .to_owned(),
        format!("|---|{}", "---:|".repeat(14)),
    ];
    lines.extend(runs.iter().map(row));
    lines.join("\n")
}

fn row(run: &Run) -> String {
    let executions = &run.executions;
    let late =
        |percent| percentile(&executions.lateness_ms, percent).map_or("–".to_owned(), seconds);
    let cells = [
        run.name.clone(),
        thousands(executions.due),
        late(50),
        late(99),
        late(100),
        thousands(executions.peak),
        thousands(run.target.peak_open()),
        thousands(run.target.refused()),
        format!("{:.1} ms", run.before.p99_ms),
        format!("{:.1} ms", run.during.p99_ms),
        thousands(run.during.failed),
        seconds(run.drained_after_ms()),
        thousands(executions.failed),
        thousands(executions.lost),
        thousands(executions.duplicates),
    ];
    format!("| {} |", cells.join(" | "))
}

/// Milliseconds as seconds, with as many digits as mean anything.
pub fn seconds(milliseconds: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of minutes")]
    let seconds = milliseconds as f64 / 1_000.0;
    if seconds < 10.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{seconds:.0} s")
    }
}

pub fn thousands(count: usize) -> String {
    if count < 1_000 {
        count.to_string()
    } else {
        format!("{},{:03}", count / 1_000, count % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        assert_eq!(seconds(1_234), "1.23 s");
        assert_eq!(seconds(912_345), "912 s");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(20_001), "20,001");
    }
}
