//! Whatever is read, the documents keep to the format's rules and say all of it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::Value;

use super::super::{
    Dimension, Function, Kind, Label, MAX_VALUES, Metric, Readings, Skip, documents,
};
use super::specification::check;
use crate::domain::Lane;

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_000_000, 0).unwrap()
}

fn labels(dimension: Option<Dimension>) -> Vec<Label> {
    match dimension {
        None => vec![Label::Whole],
        Some(Dimension::Band) => Lane::ALL.map(Label::Band).to_vec(),
        Some(Dimension::Reason) => Skip::ALL.map(Label::Reason).to_vec(),
        Some(Dimension::Function) => Function::ALL.map(Label::Function).to_vec(),
    }
}

/// One value of any metric under any label that it can have.
fn any_value() -> impl Strategy<Value = (Metric, Label, u32)> {
    (
        0..Metric::ALL.len(),
        any::<prop::sample::Index>(),
        any::<u32>(),
    )
        .prop_map(|(metric, label, value)| {
            let metric = Metric::ALL[metric];
            let labels = labels(metric.definition().dimension);
            (metric, *label.get(&labels), value)
        })
}

fn read(values: &[(Metric, Label, u32)]) -> Readings {
    values
        .iter()
        .fold(Readings::none(), |readings, (metric, label, value)| {
            readings.lasting(*metric, *label, TimeDelta::milliseconds((*value).into()))
        })
}

/// A metric's name, and its dimensions with their values.
type Key = (String, Vec<(String, String)>);

/// What CloudWatch would take from the documents: by metric's name and its dimensions, all values.
fn taken(documents: &[Value]) -> BTreeMap<Key, Vec<f64>> {
    let mut taken: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for root in documents {
        for directive in root["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            for set in directive["Dimensions"].as_array().unwrap() {
                let named = set.as_array().unwrap().iter().map(|name| {
                    let name = name.as_str().unwrap();
                    (name.to_owned(), root[name].as_str().unwrap().to_owned())
                });
                let named: Vec<_> = named.collect();
                for metric in directive["Metrics"].as_array().unwrap() {
                    let name = metric["Name"].as_str().unwrap();
                    let values = match &root[name] {
                        Value::Array(values) => {
                            values.iter().map(|value| value.as_f64().unwrap()).collect()
                        }
                        one => vec![one.as_f64().unwrap()],
                    };
                    taken
                        .entry((name.to_owned(), named.clone()))
                        .or_default()
                        .extend(values);
                }
            }
        }
    }
    taken
}

proptest! {
    #[test]
    fn every_document_keeps_to_the_format_and_no_value_is_lost(
        values in prop::collection::vec(any_value(), 0..400),
    ) {
        let readings = read(&values);
        let documents = documents(&readings, "prod", at());
        for document in &documents {
            prop_assert_eq!(check(&document.to_string()), Ok(()));
            for dimension in Dimension::ALL {
                if let Some(value) = document.get(dimension.name()) {
                    prop_assert!(dimension.values().contains(&value.as_str().unwrap()));
                }
            }
        }
        let taken = taken(&documents);
        for (metric, label, values) in readings.iter() {
            let definition = metric.definition();
            let mut dimensions = vec![("Stage".to_owned(), "prod".to_owned())];
            if let Some((dimension, value)) = label.dimension() {
                dimensions.push((dimension.name().to_owned(), value.to_owned()));
            }
            let found = &taken[&(definition.name.to_owned(), dimensions)];
            prop_assert_eq!(found.as_slice(), values);
        }
    }
}

#[test]
fn a_distribution_of_many_values_goes_on_in_further_documents() {
    let values = |count| {
        (0..count)
            .map(|value| (Metric::RequestTime, Label::Whole, value))
            .collect::<Vec<_>>()
    };
    let lines = |count| documents(&read(&values(count)), "prod", at()).len();
    let most = u32::try_from(MAX_VALUES).unwrap();
    assert_eq!((lines(most), lines(most + 1)), (1, 2));
}

#[test]
fn counters_add_up_gauges_say_the_latest_and_distributions_say_all() {
    for metric in Metric::ALL {
        let label = labels(metric.definition().dimension)[0];
        let readings = read(&[(*metric, label, 3), (*metric, label, 4)]);
        let expected: &[f64] = match metric.definition().kind {
            Kind::Counter => &[7.0],
            Kind::Gauge => &[4.0],
            Kind::Distribution => &[3.0, 4.0],
        };
        assert_eq!(readings.of(*metric, label), expected, "{metric:?}");
    }
}
