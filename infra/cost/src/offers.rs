//! What others charge for the same load: hourly jobs, each execution one call of 150 ms that succeeds. Their free allowances
//! and cheapest plans are counted in their favour.

use punctual_scale::assumptions::{Book, BookError};
use punctual_scale::cost::DAYS_PER_MONTH;

const BOOK: &str = include_str!("../offers.json");

/// Executions a month of one hourly job.
const RUNS_OF_A_JOB: f64 = 24.0 * DAYS_PER_MONTH;

/// Up to how many actions of Temporal Cloud's Business plan, in millions, each of them costs what.
const BUSINESS_TIERS: [(f64, f64); 6] = [
    (5.0, 50.0),
    (10.0, 45.0),
    (20.0, 40.0),
    (50.0, 35.0),
    (100.0, 30.0),
    (200.0, 25.0),
];

/// An offer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its name.
    pub name: &'static str,
    /// What is counted, and what it does not do.
    pub counts: &'static str,
    /// What a month costs with so many executions a day, in USD; and whether that is a list price for what is sold by
    /// agreement.
    pub month: [(f64, bool); 3],
}

/// The book of prices.
///
/// # Errors
/// [`BookError`] if one has no source.
pub fn book() -> Result<Book, BookError> {
    Book::parse(BOOK)
}

/// Every offer, for these numbers of executions a day.
///
/// # Errors
/// [`BookError`] if a price is missing, or one is left over that nothing reads.
pub fn offers(book: &Book, loads: [f64; 3]) -> Result<Vec<Offer>, BookError> {
    let beyond = |amount: f64, free: f64| (amount - free).max(0.0);
    let (million, free) = (
        book.number("eventbridge.million")?,
        book.number("eventbridge.free")?,
    );
    let eventbridge = |runs: f64| beyond(runs, free) / 1e6 * million;
    let transitions = book.number("step_functions.transitions")?;
    let (thousand, free_transitions) = (
        book.number("step_functions.thousand")?,
        book.number("step_functions.free")?,
    );
    let standard = |runs: f64| beyond(runs * transitions, free_transitions) / 1e3 * thousand;
    let of_express = book.number("express.million")? / 1e6
        + book.number("express.gb_second")? * book.number("express.gb_seconds")?;
    let (job_month, free_jobs) = (
        book.number("cloud_scheduler.job_month")?,
        book.number("cloud_scheduler.free")?,
    );
    let (qstash, qstash_1m) = (
        book.number("qstash.million")?,
        book.number("qstash.fixed_1m_month")?,
    );
    let temporal = Temporal::read(book)?;
    let (high, low) = (
        book.number("brief.high_million")?,
        book.number("brief.low_million")?,
    );
    book.closed()?;

    let listed = |month: &dyn Fn(f64) -> f64| loads.map(|day| (month(day * DAYS_PER_MONTH), false));
    Ok(vec![
        Offer {
            name: "EventBridge Scheduler",
            counts: "the trigger alone: to the minute, no record of runs, no priorities",
            month: listed(&eventbridge),
        },
        Offer {
            name: "Step Functions, standard",
            counts: "one step, and EventBridge Scheduler to start it; keeps a history",
            month: listed(&|runs| standard(runs) + eventbridge(runs)),
        },
        Offer {
            name: "Step Functions, express",
            counts: "one step of 150 ms, and EventBridge Scheduler to start it; history in logs, which are not counted",
            month: listed(&|runs| runs * of_express + eventbridge(runs)),
        },
        Offer {
            name: "Cloud Scheduler",
            counts: "by the job, not the run: here hourly ones, dearer the seldomer they run; to the minute",
            month: listed(&|runs| beyond(runs / RUNS_OF_A_JOB, free_jobs) * job_month),
        },
        Offer {
            name: "Temporal Cloud",
            counts: "a schedule that starts a workflow of one activity, in the cheaper plan; storage and workers are not counted",
            month: loads.map(|day| temporal.month(day * DAYS_PER_MONTH)),
        },
        Offer {
            name: "QStash",
            counts: "one message a run; calls over HTTP alone",
            month: loads.map(|day| {
                let metered = day * DAYS_PER_MONTH / 1e6 * qstash;
                if day <= 1e6 {
                    (metered.min(qstash_1m), false)
                } else {
                    (metered, true)
                }
            }),
        },
        Offer {
            name: "the brief's first figure",
            counts: "nobody says what",
            month: listed(&|runs| runs / 1e6 * high),
        },
        Offer {
            name: "the brief's second figure",
            counts: "nobody says what",
            month: listed(&|runs| runs / 1e6 * low),
        },
    ])
}

struct Temporal {
    actions: f64,
    million: f64,
    share: f64,
    business_month: f64,
    business_included: f64,
}

impl Temporal {
    fn read(book: &Book) -> Result<Self, BookError> {
        Ok(Self {
            actions: book.number("temporal.actions")?,
            million: book.number("temporal.million")?,
            share: book.number("temporal.share")?,
            business_month: book.number("temporal.business_month")?,
            business_included: book.number("temporal.business_included")?,
        })
    }

    /// The cheaper of two plans; beyond the last tier, the list price of the one that has no tiers.
    fn month(&self, runs: f64) -> (f64, bool) {
        let actions = runs * self.actions / 1e6;
        let developer = actions * self.million * (1.0 + self.share);
        let (last, _) = BUSINESS_TIERS[BUSINESS_TIERS.len() - 1];
        let paid = (actions - self.business_included / 1e6).max(0.0);
        if paid > last {
            return (developer, true);
        }
        let mut from = 0.0;
        let mut usage = 0.0;
        for (up_to, price) in BUSINESS_TIERS {
            usage += (paid.min(up_to) - from).max(0.0) * price;
            from = up_to;
        }
        let business = usage + self.business_month.max(usage * self.share);
        (developer.min(business), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPORAL: Temporal = Temporal {
        actions: 1.0,
        million: 50.0,
        share: 0.1,
        business_month: 500.0,
        business_included: 2_500_000.0,
    };

    #[test]
    fn a_business_month_is_priced_as_its_page_does() {
        // 11.25 million actions beyond what is included: $525, and $500 for the plan.
        let (month, by_agreement) = TEMPORAL.month(13.75e6);
        assert!((month - 756.25).abs() < 1e-6, "developer: 13.75 × 50 × 1.1");
        assert!(!by_agreement);
        let (month, _) = TEMPORAL.month(102.5e6);
        let usage = 250.0 + 225.0 + 400.0 + 1_050.0 + 1_500.0;
        assert!((month - usage - 500.0).abs() < 1e-6);
    }

    #[test]
    fn beyond_the_last_tier_the_list_price_is_said_to_be_one() {
        assert!(TEMPORAL.month(300e6).1);
    }
}
