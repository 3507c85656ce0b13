//! The document's tables.

use std::fmt::Write;

use punctual::aws::Charge;
use punctual::domain::{Cost, DISPATCH, Prices};
use punctual_scale::assumptions::{Book, BookError, Source};
use punctual_scale::cost::Bill;
use punctual_scale::platform::Platform;
use punctual_scale::report::Report;
use punctual_scale::report::words::{count, dollars, moved};

use crate::metering::{Kind, Metering, amount, meter, price};
use crate::months::{LOADS, Month, months};
use crate::offers::{self, Offer, offers};

/// Meters and prices everything, and tells `progress` of it.
///
/// # Errors
/// [`BookError`] if a price has no source.
pub fn make(platform: &Platform, progress: impl Fn(&str)) -> Result<Report, BookError> {
    let meterings = Kind::ALL.map(|kind| {
        progress(kind.in_words());
        (kind, meter(kind))
    });
    let of = |wanted: Kind| {
        let found = meterings.iter().find(|(kind, _)| *kind == wanted);
        found.map_or_else(|| meter(wanted), |(_, metering)| metering.clone())
    };
    progress("Lambda's time and logs, as infra/scale predicts them");
    let months = months(platform, of);
    let book = offers::book()?;
    let offers = offers(&book, LOADS)?;
    Ok(Report {
        sections: vec![
            ("million", million(&months)),
            ("months", table_of_months(&months, &offers)),
            ("calls", calls(platform, &of(Kind::Many))),
            ("loads", loads(platform, &meterings)),
            ("create", create(platform, &of(Kind::Many))),
            ("recorded", recorded(&of(Kind::Many))),
            ("sources", sources(&book)),
        ],
        picture: String::new(),
    })
}

fn million(months: &[Month]) -> String {
    let parts = Bill::default().parts();
    let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
    let mut text = format!(
        "| a million executions, of … a day | settings moved | {} | all | predicted | a month of idling |\n|--:|---|{}--:|--:|--:|\n",
        names.join(" | "),
        "--:|".repeat(names.len())
    );
    for month in months {
        let parts = month.per_million.parts();
        let amounts: Vec<_> = parts.iter().map(|(_, part)| format!("{part:.3}")).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | **{:.2}** | {:.2} | {} |",
            whole(month.runs_a_day),
            moved(&month.moved),
            amounts.join(" | "),
            month.per_million.total(),
            month.predicted.total(),
            dollars(month.idle),
        );
    }
    text
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of executions"
)]
fn whole(number: f64) -> String {
    count(number.round() as u64)
}

fn table_of_months(months: &[Month], offers: &[Offer]) -> String {
    let loads: Vec<_> = LOADS.iter().map(|load| whole(*load)).collect();
    let mut text = format!(
        "| | {} a day | what is counted |\n|---|--:|--:|--:|---|\n",
        loads.join(" | ")
    );
    let cells: Vec<_> = months
        .iter()
        .map(|month| format!("**{}**", dollars(month.total())))
        .collect();
    let _ = writeln!(
        text,
        "| **Punctual** | {} | to the second, claim and record, retries, priorities, history for 30 days, and idling |",
        cells.join(" | ")
    );
    for offer in offers {
        let cells = offer.month.map(|(month, by_agreement)| {
            let mark = if by_agreement { " (list)" } else { "" };
            if month > 0.0 {
                format!("{}{mark}", dollars(month))
            } else {
                "free".to_owned()
            }
        });
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            offer.name,
            cells.join(" | "),
            offer.counts
        );
    }
    text
}

fn unit(charge: Charge) -> &'static str {
    match charge {
        Charge::WriteUnits => "WRU",
        Charge::ReadUnits => "RRU",
        Charge::Requests => "requests",
    }
}

fn calls(platform: &Platform, metering: &Metering) -> String {
    let mut text = String::from(
        "| function | operation | calls an execution | units an execution | USD a million |\n|---|---|--:|--:|--:|\n",
    );
    for ((function, operation), usage) in &metering.used {
        let Some(charge) = Charge::of(operation) else {
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let requests = usage.requests as f64 / metering.runs;
        let units = charge.amount(*usage) / metering.runs;
        let _ = writeln!(
            text,
            "| {function} | `{operation}` | {requests:.3} | {units:.3} {} | {:.4} |",
            unit(charge),
            units * price(&platform.prices, charge) * 1e6
        );
    }
    text
}

/// What a million of something costs of which one uses `amounts`, in the order of [`Charge::ALL`].
fn usd_a_million(platform: &Platform, amounts: [f64; Charge::ALL.len()]) -> f64 {
    let charged = Charge::ALL.into_iter().zip(amounts);
    let one: f64 = charged
        .map(|(charge, amount)| amount * price(&platform.prices, charge))
        .sum();
    one * 1e6
}

fn loads(platform: &Platform, meterings: &[(Kind, Metering)]) -> String {
    let mut text = String::from(
        "| load | executions | WRU | RRU | requests to queues | USD a million |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for (kind, metering) in meterings {
        let amounts = Charge::ALL.map(|charge| metering.per_run(charge));
        let _ = writeln!(
            text,
            "| {} | {} | {:.3} | {:.3} | {:.3} | {:.2} |",
            kind.in_words(),
            whole(metering.runs),
            amounts[0],
            amounts[1],
            amounts[2],
            usd_a_million(platform, amounts)
        );
    }
    text
}

fn create(platform: &Platform, metering: &Metering) -> String {
    let amounts = Charge::ALL.map(|charge| amount(&metering.create, charge) / metering.runs);
    format!(
        "Creating a job uses {:.2} WRU, {:.2} RRU and {:.2} requests to queues: **${:.2}** a million jobs, beside the API's own \
         time and API Gateway.\n",
        amounts[0],
        amounts[1],
        amounts[2],
        usd_a_million(platform, amounts)
    )
}

fn recorded(metering: &Metering) -> String {
    let Cost {
        executions,
        unmetered,
        used,
    } = metering.recorded;
    let of_worker = |charge| {
        let worker = metering
            .used
            .iter()
            .filter(|((name, _), _)| name == "worker");
        let worker = worker.map(|(call, usage)| (call.clone(), *usage)).collect();
        amount(&worker, charge)
    };
    let runs = metering.runs;
    format!(
        "| of {} executions, {} without figures | on the records | metered at the worker |\n|---|--:|--:|\n\
         | WRU an execution | {:.3} | {:.3} |\n| RRU an execution | {:.3} | {:.3} |\n| requests an execution | {:.3} | {:.3} |\n\n\
         With the {} WRU, {} RRU and {} requests of a dispatch alone, and {:.0} ms in hand, the API says **${:.2}** a million.\n",
        count(executions),
        count(unmetered),
        f64::from(used.write_units) / runs,
        of_worker(Charge::WriteUnits) / runs,
        used.read_units() / runs,
        of_worker(Charge::ReadUnits) / runs,
        f64::from(used.requests) / runs,
        of_worker(Charge::Requests) / runs,
        DISPATCH.write_units,
        DISPATCH.read_units(),
        DISPATCH.requests,
        milliseconds(used.worker_ms) / runs,
        metering.recorded.usd(&Prices::US_EAST_1) / runs * 1e6
    )
}

#[expect(clippy::cast_precision_loss, reason = "minutes, at the most")]
fn milliseconds(ms: u64) -> f64 {
    ms as f64
}

fn sources(book: &Book) -> String {
    let mut text = String::from("| | price | source |\n|---|--:|---|\n");
    for one in book.all() {
        let value = match &one.value {
            punctual_scale::assumptions::Value::Number(number) => number.to_string(),
            punctual_scale::assumptions::Value::Quantiles(_) => String::new(),
        };
        let source = match &one.source {
            Source::Published { url, says, read_on } => {
                format!("[its own page]({url}), a copy read {read_on}: {says}")
            }
            Source::ThirdParty { url, says, read_on } => {
                format!("[third party]({url}), a copy read {read_on}: {says}")
            }
            Source::Unverified { why } => format!("**?** {why}"),
            Source::Code { file, .. } => format!("`{file}`"),
            Source::Measured { command, .. } => format!("`{command}`"),
        };
        let _ = writeln!(text, "| {} | {value} {} | {source} |", one.what, one.unit);
    }
    text
}
