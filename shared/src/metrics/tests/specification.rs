//! The rules of the embedded metric format, written down from its specification and JSON schema
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>, read
//! 2026-11-28), and of metrics (`PutMetricData`'s limits on names, values and dimensions).

use serde_json::{Map, Value};

/// Of a log event; a megabyte since 2025, and less in regions that are behind.
const MAX_BYTES: usize = 256 * 1024;

const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// Checks one line.
///
/// # Errors
/// The first rule that it breaks.
pub(super) fn check(line: &str) -> Result<(), String> {
    require(line.len() <= MAX_BYTES, "a log event has at most 256 KB")?;
    require(!line.contains('\n'), "a log event is one line")?;
    let document: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let root = document.as_object().ok_or("the root is an object")?;
    let metadata = object(root, "_aws")?;
    only(metadata, &["Timestamp", "CloudWatchMetrics"])?;
    let at = metadata.get("Timestamp").and_then(Value::as_u64);
    let plausible = at.is_some_and(|at| (1_000_000_000_000..10_000_000_000_000).contains(&at));
    require(plausible, "Timestamp is in milliseconds since the epoch")?;
    for directive in array(metadata, "CloudWatchMetrics")? {
        let directive = directive.as_object().ok_or("a directive is an object")?;
        check_directive(root, directive)?;
    }
    Ok(())
}

fn check_directive(
    root: &Map<String, Value>,
    directive: &Map<String, Value>,
) -> Result<(), String> {
    only(directive, &["Namespace", "Dimensions", "Metrics"])?;
    let namespace = text(directive.get("Namespace"))?;
    require(
        (1..=1_024).contains(&namespace.len()),
        "Namespace has 1 to 1024 characters",
    )?;
    require(
        !namespace.starts_with("AWS/"),
        "namespaces of AWS are not ours",
    )?;
    let sets = array(directive, "Dimensions")?;
    require(!sets.is_empty(), "there is a set of dimensions")?;
    for set in sets {
        let set = set.as_array().ok_or("a set of dimensions is an array")?;
        require(set.len() <= 30, "a set has at most 30 dimensions")?;
        for name in set {
            let name = text(Some(name))?;
            require(
                (1..=250).contains(&name.len()),
                "a dimension's name has 1 to 250 characters",
            )?;
            require(
                !name.starts_with(':'),
                "a dimension's name does not begin with a colon",
            )?;
            let value = text(root.get(name)).map_err(|error| format!("{name}: {error}"))?;
            require(
                (1..=1_024).contains(&value.len()),
                "a dimension's value has 1 to 1024 characters",
            )?;
            require(
                value.is_ascii() && !value.trim().is_empty(),
                "a dimension's value is ASCII, and not blank",
            )?;
        }
    }
    let metrics = array(directive, "Metrics")?;
    require(
        (1..=100).contains(&metrics.len()),
        "a directive defines 1 to 100 metrics",
    )?;
    for metric in metrics {
        let metric = metric.as_object().ok_or("a metric is an object")?;
        only(metric, &["Name", "Unit", "StorageResolution"])?;
        let name = text(metric.get("Name"))?;
        require(
            (1..=1_024).contains(&name.len()),
            "a metric's name has 1 to 1024 characters",
        )?;
        require(
            UNITS.contains(&text(metric.get("Unit"))?),
            "a unit is one of CloudWatch's",
        )?;
        check_values(name, root.get(name))?;
    }
    Ok(())
}

fn check_values(name: &str, member: Option<&Value>) -> Result<(), String> {
    let one = |value: &Value| {
        let value = value
            .as_f64()
            .ok_or(format!("{name}: a value is a number"))?;
        let limit = 2f64.powi(360);
        require(
            value.is_finite() && (-limit..=limit).contains(&value),
            "a value is within ±2^360",
        )
    };
    match member {
        None => Err(format!("{name}: the root has no such member")),
        Some(Value::Array(values)) => {
            require(
                (1..=100).contains(&values.len()),
                "a member has 1 to 100 values",
            )?;
            values.iter().try_for_each(one)
        }
        Some(value) => one(value),
    }
}

fn require(holds: bool, rule: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(rule.to_owned()) }
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(format!("{key} is no member of the format")),
    }
}

fn object<'a>(
    parent: &'a Map<String, Value>,
    name: &str,
) -> Result<&'a Map<String, Value>, String> {
    parent
        .get(name)
        .and_then(Value::as_object)
        .ok_or(format!("{name} is an object"))
}

fn array<'a>(parent: &'a Map<String, Value>, name: &str) -> Result<&'a Vec<Value>, String> {
    parent
        .get(name)
        .and_then(Value::as_array)
        .ok_or(format!("{name} is an array"))
}

fn text(value: Option<&Value>) -> Result<&str, String> {
    value
        .and_then(Value::as_str)
        .ok_or("is to be a text".to_owned())
}

#[test]
fn the_specifications_own_example_passes_and_its_opposites_do_not() {
    let example = r#"{"_aws":{"Timestamp":1574109732004,"CloudWatchMetrics":[{"Namespace":"lambda-function-metrics",
        "Dimensions":[["functionVersion"]],"Metrics":[{"Name":"time","Unit":"Milliseconds","StorageResolution":60}]}]},
        "functionVersion":"$LATEST","time":100,"requestId":"989ffbf8-9ace-4817-a57c-e4dd734019ee"}"#
        .replace('\n', " ");
    assert_eq!(check(&example), Ok(()));
    let many = format!("[{}0]", "0,".repeat(100));
    for (right, wrong) in [
        ("1574109732004", "1574109732"),
        ("\"time\":100", "\"time\":\"100\""),
        ("\"time\":100", "\"time\":[]"),
        ("\"time\":100", &format!("\"time\":{many}")),
        ("\"time\":100,", ""),
        ("\"$LATEST\"", "1"),
        ("\"$LATEST\"", "\" \""),
        ("Milliseconds", "milliseconds"),
        ("[[\"functionVersion\"]]", "[]"),
        ("[[\"functionVersion\"]]", "[[\"other\"]]"),
        ("\"Namespace\"", "\"LogGroup\":\"x\",\"Namespace\""),
        ("lambda-function-metrics", "AWS/Lambda"),
    ] {
        assert!(example.contains(right), "{right}");
        assert!(
            check(&example.replacen(right, wrong, 1)).is_err(),
            "{wrong}"
        );
    }
}
