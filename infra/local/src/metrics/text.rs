//! Prometheus' text format, version 0.0.4. Names follow its customs: `punctual_` before, the base unit and, of counters,
//! `_total` behind; times are in seconds.

use std::collections::BTreeMap;
use std::fmt::Write;

use punctual::metrics::{Definition, Kind, Label, Metric, STAGE, Unit};

use super::{BOUNDS_MS, Histogram, Series};

/// What the format is called in `Content-Type`.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All series, those of one metric together.
pub(super) fn written(stage: &str, series: &BTreeMap<(Metric, Label), Series>) -> String {
    let mut text = String::new();
    let mut above = None;
    for ((metric, label), values) in series {
        let definition = metric.definition();
        let name = name(&definition);
        if above != Some(*metric) {
            above = Some(*metric);
            let help = escaped(definition.help, false);
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "# HELP {name} {help}\n# TYPE {name} {}",
                kind(definition.kind)
            );
        }
        let labels = labels(stage, *label);
        let scale = scale(definition.unit);
        let _ = match values {
            Series::Gauge(None) => Ok(()),
            Series::Counter(value) | Series::Gauge(Some(value)) => {
                writeln!(text, "{name}{{{labels}}} {}", value * scale)
            }
            Series::Histogram(histogram) => {
                histogram_lines(&mut text, &name, &labels, scale, histogram)
            }
        };
    }
    text
}

fn histogram_lines(
    text: &mut String,
    name: &str,
    labels: &str,
    scale: f64,
    histogram: &Histogram,
) -> std::fmt::Result {
    let mut so_far = 0;
    for (bound, count) in BOUNDS_MS.iter().zip(histogram.counts) {
        so_far += count;
        writeln!(
            text,
            "{name}_bucket{{{labels},le=\"{}\"}} {so_far}",
            bound * scale
        )?;
    }
    let (sum, count) = (histogram.sum * scale, histogram.count);
    writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}")?;
    writeln!(
        text,
        "{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {count}"
    )
}

/// `SchedulerLag`, in milliseconds: `punctual_scheduler_lag_seconds`.
fn name(definition: &Definition) -> String {
    let mut name = String::from("punctual");
    for letter in definition.name.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    if definition.unit == Unit::Milliseconds {
        name.push_str("_seconds");
    }
    if definition.kind == Kind::Counter {
        name.push_str("_total");
    }
    name
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Distribution => "histogram",
    }
}

const fn scale(unit: Unit) -> f64 {
    match unit {
        Unit::Milliseconds => 0.001,
        Unit::Count | Unit::None => 1.0,
    }
}

fn labels(stage: &str, label: Label) -> String {
    let mut labels = format!(
        "{}=\"{}\"",
        STAGE.to_ascii_lowercase(),
        escaped(stage, true)
    );
    if let Some((dimension, value)) = label.dimension() {
        let dimension = dimension.name().to_ascii_lowercase();
        let _ = write!(labels, ",{dimension}=\"{}\"", escaped(value, true));
    }
    labels
}

/// As a help text or, if `is_quoted`, a label's value has it.
fn escaped(text: &str, is_quoted: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if is_quoted => escaped.push_str("\\\""),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use punctual::domain::{Band, Lane};
    use punctual::metrics::{Readings, Recorder};

    use super::super::Totals;
    use super::*;

    fn line<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
        text.lines().find(|line| line.starts_with(beginning))
    }

    #[test]
    fn quotes_backslashes_and_line_ends_cannot_break_a_line() {
        assert_eq!(escaped("a\\b\"c\nd", true), r#"a\\b\"c\nd"#);
        assert_eq!(escaped("a\\b\"c\nd", false), r#"a\\b"c\nd"#);
        let text = Totals::new("od\"d\n\\stage").text();
        let first = line(&text, "punctual_dispatched_total").unwrap();
        assert_eq!(
            first,
            r#"punctual_dispatched_total{stage="od\"d\n\\stage"} 0"#
        );
    }

    #[test]
    fn every_metric_is_introduced_once_and_every_counter_is_there_from_the_start() {
        let text = Totals::new("local").text();
        for metric in Metric::ALL {
            let definition = metric.definition();
            let name = name(&definition);
            assert_eq!(
                text.matches(&format!("# TYPE {name} ")).count(),
                1,
                "{name}"
            );
            let values = definition
                .dimension
                .map_or(1, |dimension| dimension.values().len());
            let samples = match definition.kind {
                Kind::Counter => text.matches(&format!("\n{name}{{")).count(),
                Kind::Distribution => text.matches(&format!("\n{name}_count{{")).count(),
                Kind::Gauge => values,
            };
            assert_eq!(samples, values, "{name}");
        }
        assert_eq!(
            line(&text, "punctual_backlog{"),
            None,
            "nobody has looked yet"
        );
    }

    #[test]
    fn counters_add_up_gauges_say_the_latest_and_buckets_hold_those_below() {
        let totals = Totals::new("local");
        let band = Label::Band(Lane::Band(Band::High));
        for late in [40, 70, 2_000_000] {
            let lateness = TimeDelta::milliseconds(late);
            let readings = Readings::none()
                .counting(Metric::Started, 2)
                .counting(Metric::Backlog, late.unsigned_abs())
                .lasting(Metric::Lateness, band, lateness);
            totals.record(&readings);
        }
        let text = totals.text();
        for expected in [
            "punctual_started_total{stage=\"local\"} 6",
            "punctual_backlog{stage=\"local\"} 2000000",
            "punctual_lateness_seconds_bucket{stage=\"local\",band=\"high\",le=\"0.05\"} 1",
            "punctual_lateness_seconds_bucket{stage=\"local\",band=\"high\",le=\"0.1\"} 2",
            "punctual_lateness_seconds_bucket{stage=\"local\",band=\"high\",le=\"900\"} 2",
            "punctual_lateness_seconds_bucket{stage=\"local\",band=\"high\",le=\"+Inf\"} 3",
            "punctual_lateness_seconds_count{stage=\"local\",band=\"high\"} 3",
            "punctual_lateness_seconds_count{stage=\"local\",band=\"low\"} 0",
        ] {
            assert!(
                text.lines().any(|line| line == expected),
                "{expected}\n{text}"
            );
        }
    }
}
