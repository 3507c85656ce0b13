//! The picture of the herds: for each row the median, the 99th percentile and the last start, on a logarithmic axis. It
//! is readable on light and dark ground: its colours follow the reader's.

use std::fmt::Write;

use super::words::{count, duration};
use crate::scenarios::HerdRow;
use crate::time::{Micros, seconds};

const WIDTH: f64 = 980.0;
const LEFT: f64 = 270.0;
const RIGHT: f64 = 860.0;
const TOP: f64 = 76.0;
const ROW: f64 = 24.0;
/// Between two sizes of herd.
const GAP: f64 = 34.0;
/// The axis, in seconds.
const AXIS: [(f64, &str); 7] = [
    (0.01, "10 ms"),
    (0.1, "0.1 s"),
    (1.0, "1 s"),
    (10.0, "10 s"),
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3_600.0, "1 h"),
];

const STYLE: &str = "<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .small { font-size: 11px; fill: #57606a }
  .head { font-weight: 600 }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .aim { stroke: #1a7f37; stroke-width: 1; stroke-dasharray: 4 3 }
  .aim-text { fill: #1a7f37; font-size: 11px }
  .line { stroke: #8c959f; stroke-width: 2 }
  .p50 { fill: #0969da }
  .p99 { fill: #bf8700 }
  .max { stroke: #cf222e; stroke-width: 3 }
  .never { fill: #cf222e; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .aim { stroke: #3fb950 }
    .aim-text { fill: #3fb950 }
    .line { stroke: #656c76 }
    .p50 { fill: #58a6ff }
    .p99 { fill: #e3b341 }
    .max { stroke: #ff7b72 }
    .never { fill: #ff7b72 }
  }
</style>";

/// Where on the axis.
fn x(time: Micros) -> f64 {
    let (first, last) = (AXIS[0].0, AXIS[AXIS.len() - 1].0);
    let at = seconds(time).clamp(first, last);
    let part = (at / first).ln() / (last / first).ln();
    LEFT + part * (RIGHT - LEFT)
}

/// All herds.
pub fn of_herds(rows: &[HerdRow]) -> String {
    let mut body = String::new();
    let mut y = TOP;
    let mut before = None;
    for row in rows {
        if before != Some(row.herd.jobs) {
            y += GAP;
            let jobs = count(row.herd.jobs.into());
            let _ = writeln!(
                body,
                r#"<text class="head" x="16" y="{:.1}">{jobs} jobs due at one second</text>"#,
                y - 14.0
            );
            before = Some(row.herd.jobs);
        }
        y += ROW;
        draw(&mut body, row, y - ROW / 2.0);
    }
    let height = y + 46.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-label=\"How late the jobs of a herd start, by size and settings\">\n{STYLE}\n"
    );
    legend(&mut text);
    axis(&mut text, y + 8.0);
    text.push_str(&body);
    text.push_str("</svg>\n");
    text
}

fn legend(text: &mut String) {
    let _ = writeln!(
        text,
        r#"<text class="head" x="16" y="26">How late jobs start (predicted)</text>
<circle class="p50" cx="420" cy="22" r="6"/><text x="432" y="26">median</text>
<circle class="p99" cx="510" cy="22" r="6"/><text x="522" y="26">99th percentile</text>
<line class="max" x1="650" x2="650" y1="14" y2="30"/><text x="660" y="26">the last one</text>"#
    );
}

fn axis(text: &mut String, bottom: f64) {
    for (at, name) in AXIS {
        let x = x(crate::time::from_seconds(at));
        let _ = writeln!(
            text,
            r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="{:.1}" y2="{bottom:.1}"/><text class="small" x="{x:.1}" y="{:.1}" text-anchor="middle">{name}</text>"#,
            TOP - 16.0,
            bottom + 18.0
        );
    }
    let aim = x(crate::time::SECOND);
    let _ = writeln!(
        text,
        r#"<line class="aim" x1="{aim:.1}" x2="{aim:.1}" y1="{:.1}" y2="{bottom:.1}"/><text class="aim-text" x="{aim:.1}" y="{:.1}" text-anchor="middle">within the second</text>"#,
        TOP - 16.0,
        TOP - 22.0
    );
}

fn draw(text: &mut String, row: &HerdRow, y: f64) {
    let outcome = &row.outcome;
    let _ = writeln!(
        text,
        r#"<text x="30" y="{:.1}">{}</text>"#,
        y + 4.0,
        row.herd.name
    );
    let (Some(median), Some(p99), Some(last)) =
        (outcome.late(500), outcome.late(990), outcome.late(1_000))
    else {
        let _ = writeln!(
            text,
            r#"<text class="never" x="{RIGHT:.1}" y="{:.1}">never</text>"#,
            y + 4.0
        );
        return;
    };
    let (from, to) = (x(median), x(last));
    let _ = writeln!(
        text,
        r#"<line class="line" x1="{from:.1}" x2="{to:.1}" y1="{y:.1}" y2="{y:.1}"/><line class="max" x1="{to:.1}" x2="{to:.1}" y1="{:.1}" y2="{:.1}"/><circle class="p50" cx="{from:.1}" cy="{y:.1}" r="6"/><circle class="p99" cx="{:.1}" cy="{y:.1}" r="5"/><text class="small" x="{:.1}" y="{:.1}">p99 {}</text>"#,
        y - 8.0,
        y + 8.0,
        x(p99),
        to + 12.0,
        y + 4.0,
        duration(p99)
    );
}
