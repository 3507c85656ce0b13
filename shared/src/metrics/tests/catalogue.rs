use std::collections::BTreeSet;
use std::fmt::Write;

use super::super::{Dimension, Function, Metric};

#[test]
fn every_metric_has_a_name_of_its_own_and_says_what_it_is_in_one_sentence_or_two() {
    let names: BTreeSet<_> = Metric::ALL
        .iter()
        .map(|metric| metric.definition().name)
        .collect();
    assert_eq!(names.len(), Metric::ALL.len());
    for metric in Metric::ALL {
        let help = metric.definition().help;
        assert!(
            help.ends_with('.') && help.len() < 240 && !help.contains("  "),
            "{help}"
        );
    }
}

#[test]
fn a_metric_told_by_function_is_of_all_and_every_function_reports_something() {
    for metric in Metric::ALL {
        let definition = metric.definition();
        if definition.dimension == Some(Dimension::Function) {
            assert_eq!(definition.functions, Function::ALL, "{}", definition.name);
        }
    }
    for function in Function::ALL {
        let own = |metric: &&Metric| metric.definition().functions == [function];
        assert!(
            Metric::ALL.iter().any(|metric| own(&metric)),
            "{function:?}"
        );
    }
}

/// What a deployment pays for at the most, if everything happens: every metric under each of its labels.
#[test]
fn all_combinations_of_dimensions_are_few() {
    let combinations = Metric::ALL.iter().map(|metric| {
        let definition = metric.definition();
        let told = definition
            .dimension
            .map_or(0, |dimension| dimension.values().len());
        told + usize::from(definition.dimension.is_none() || definition.also_whole)
    });
    assert!(combinations.sum::<usize>() <= 75);
}

#[test]
fn the_documentation_shows_the_catalogue_as_it_is() {
    let page = include_str!("../../../docs/observability.md");
    let table = table();
    assert!(
        page.contains(&table),
        "shared/docs/observability.md should contain:\n{table}"
    );
}

fn table() -> String {
    let mut table = String::from(
        "| metric | unit | kind | beside `Stage` | from | what it says |\n|---|---|---|---|---|---|\n",
    );
    for metric in Metric::ALL {
        let definition = metric.definition();
        let dimension = match (definition.dimension, definition.also_whole) {
            (None, _) => "–".to_owned(),
            (Some(dimension), false) => format!("`{}`", dimension.name()),
            (Some(dimension), true) => format!("`{}`, and without", dimension.name()),
        };
        let functions: Vec<_> = definition
            .functions
            .iter()
            .map(|function| function.name())
            .collect();
        let from = if functions.len() == Function::ALL.len() {
            "all".to_owned()
        } else {
            functions.join(", ")
        };
        let (name, unit, kind, help) = (
            definition.name,
            definition.unit.name(),
            definition.kind.name(),
            definition.help,
        );
        writeln!(
            table,
            "| `{name}` | {unit} | {kind} | {dimension} | {from} | {help} |"
        )
        .unwrap();
    }
    table
}
