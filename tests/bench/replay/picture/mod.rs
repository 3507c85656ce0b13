//! The picture: a column for each run, and in it how many executions started, how many of the target's connections were
//! open, and how long the API took. One scale for each row, so the columns can be compared. Readable on light and on dark.

mod panel;
mod scale;

use self::panel::{Frame, Panel};
use self::scale::Scale;
use crate::figures::{Run, percentile};
use crate::table::{seconds, thousands};
use crate::target::CONNECTIONS;

const COLUMN: f64 = 300.0;
const ROW: f64 = 150.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 64.0;
const GAP_X: f64 = 24.0;
const GAP_Y: f64 = 46.0;

/// How much is shown before the herd's minute and behind its end, of what a run took from one to the other.
const MARGIN: f64 = 0.25;

/// In how many steps a run is drawn.
const STEPS: usize = 150;

/// No step is shorter: at least 15 seconds are shown.
const SHORTEST_STEP_S: f64 = 0.05;

const STYLE: &str = "
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 } .small { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0 } .at { stroke: #59636e; stroke-dasharray: 2 3 }
.limit { stroke: #cf222e; stroke-dasharray: 6 4 } .bad { fill: #cf222e }
.area { fill: #0969da; fill-opacity: .18; stroke: #0969da; stroke-width: 1.4; stroke-linejoin: round }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d } .at { stroke: #9198a1 }
  .limit { stroke: #ff7b72 } .bad { fill: #ff7b72 } .area { fill: #58a6ff; stroke: #58a6ff }
}";

/// Draws `runs` side by side.
pub fn picture(runs: &[&Run]) -> String {
    let drawn = runs.iter().enumerate();
    let drawn: String = drawn
        .map(|(number, run)| column(number, run).concat())
        .collect();
    let width = LEFT + place(runs.len()) * (COLUMN + GAP_X);
    let height = TOP + 3.0 * (ROW + GAP_Y);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="The herd, replayed"><title>The herd, replayed</title><style>{STYLE}</style>{drawn}</svg>
"#
    )
}

/// Draws the column of one run. The first one says what the rows are.
fn column(number: usize, run: &Run) -> Vec<String> {
    let x = LEFT + place(number) * (COLUMN + GAP_X);
    let time = Time::of(run);
    let mut drawn = vec![
        format!(
            r#"<text class="title" x="{x}" y="24">{}</text>"#,
            escape(&run.name)
        ),
        format!(
            r#"<text class="small" x="{x}" y="42">{}</text>"#,
            escape(&caption(run))
        ),
    ];
    let limit = place(CONNECTIONS);
    let rows = [
        (
            "executions started in a second",
            Scale::log(1.0, 10_000.0),
            None,
            started(run, &time),
        ),
        (
            "the target's connections",
            Scale::linear(0.0, 250.0, 50.0),
            Some(limit),
            open(run, &time),
        ),
        (
            "the API's slowest 1 % from, ms",
            Scale::log(1.0, 20_000.0),
            None,
            slowest(run, &time),
        ),
    ];
    for (row, (title, scale, limit, values)) in rows.into_iter().enumerate() {
        let panel = Panel {
            frame: Frame {
                x,
                y: TOP + place(row) * (ROW + GAP_Y),
                width: COLUMN,
                height: ROW,
            },
            title: if number == 0 { title } else { "" },
            scale,
            has_labels: number == 0,
            time: (time.from_s, time.until_s),
            limit,
        };
        drawn.push(panel.draw(&values));
    }
    let refused = run.target.refused();
    if refused > 0 {
        let (x, y) = (x + COLUMN - 6.0, TOP + ROW + GAP_Y + 16.0);
        drawn.push(format!(
            r#"<text class="bad" x="{x}" y="{y}" text-anchor="end">{refused} refused</text>"#
        ));
    }
    drawn
}

#[expect(clippy::cast_precision_loss, reason = "rows, columns and connections")]
fn place(count: usize) -> f64 {
    count as f64
}

fn caption(run: &Run) -> String {
    let late = |percent| seconds(percentile(&run.executions.lateness_ms, percent).unwrap_or(0));
    format!(
        "{} jobs · late p50 {}, p99 {} · {} failed",
        thousands(run.executions.due),
        late(50),
        late(99),
        thousands(run.executions.failed)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The part of a run that is shown, in seconds from the herd's minute on.
struct Time {
    from_s: f64,
    until_s: f64,
}

impl Time {
    fn of(run: &Run) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of minutes")]
        let drained_s = (run.drained_after_ms() as f64 / 1_000.0).max(10.0);
        Self {
            from_s: -MARGIN * drained_s,
            until_s: (1.0 + MARGIN) * drained_s,
        }
    }

    fn step_s(&self) -> f64 {
        (self.until_s - self.from_s) / place(STEPS)
    }

    /// For each step: of all values in it, by `pick`. Nothing if there is none.
    fn steps(
        &self,
        values: impl Iterator<Item = (f64, f64)>,
        pick: impl Fn(&mut [f64]) -> Option<f64>,
    ) -> Vec<(f64, f64)> {
        let mut steps = vec![Vec::new(); STEPS];
        for (second, value) in values {
            let step = ((second - self.from_s) / self.step_s()).floor();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a step's number"
            )]
            let step = (step >= 0.0).then_some(step as usize);
            if let Some(values) = step.and_then(|step| steps.get_mut(step)) {
                values.push(value);
            }
        }
        let drawn = steps
            .into_iter()
            .enumerate()
            .filter_map(|(step, mut values)| {
                let value = pick(&mut values)?;
                Some((self.from_s + (place(step) + 0.5) * self.step_s(), value))
            });
        drawn.collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of minutes")]
fn behind(run: &Run, at_ms: i64) -> f64 {
    (at_ms - run.at_ms) as f64 / 1_000.0
}

/// None is as good as zero.
fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of minutes")]
fn started(run: &Run, time: &Time) -> Vec<(f64, f64)> {
    let starts = run.executions.starts.iter();
    let starts = starts.map(|(second, count)| (*second as f64, place(*count)));
    time.steps(starts.flat_map(|start| lasting(start, 1.0)), |values| {
        Some(highest(values))
    })
}

/// A value that holds for `seconds`: once for every step in that time, as a step is never shorter than 50 ms.
fn lasting((second, value): (f64, f64), seconds: f64) -> impl Iterator<Item = (f64, f64)> {
    let times = (seconds / SHORTEST_STEP_S).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few times"
    )]
    let times = times as usize;
    (0..times).map(move |time| (second + place(time) * SHORTEST_STEP_S, value))
}

fn open(run: &Run, time: &Time) -> Vec<(f64, f64)> {
    let lines = run.target.lines.iter();
    let open = lines.map(|(at_ms, line)| (behind(run, *at_ms), place(line.open)));
    time.steps(open.flat_map(|line| lasting(line, 0.1)), |values| {
        Some(highest(values))
    })
}

fn slowest(run: &Run, time: &Time) -> Vec<(f64, f64)> {
    let samples = run.samples.iter();
    let took = samples.map(|sample| (behind(run, sample.asked_ms), sample.took_ms));
    time.steps(took, |values| {
        values.sort_by(f64::total_cmp);
        percentile(values, 99)
    })
}
