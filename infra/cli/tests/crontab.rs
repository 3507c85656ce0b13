//! The reading of crontabs, by examples and by properties. What the API accepts is judged by the code that it judges by.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use chrono::DateTime;
use proptest::prelude::*;
use punctual::domain::Schedule;
use punctual::domain::schedule::ScheduleRequest;
use punctual_cli::crontab::{Crontab, Entry, Form, Manner, read};
use serde_json::{Value, json};

fn entries(text: &str) -> Vec<Entry> {
    let crontab = read(text, Form::User);
    assert!(crontab.refused.is_empty(), "{crontab:?}");
    crontab.entries
}

fn only(text: &str) -> Entry {
    let mut entries = entries(text);
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

fn manner() -> Manner {
    Manner {
        file: "/home/ann/crontab".to_owned(),
        work: "crontab".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        timeout_seconds: 86_400,
        overlap: "allow".to_owned(),
        retries: 0,
        calls: true,
    }
}

/// Whether the API's own reading accepts the schedule.
fn is_accepted(schedule: &Value) -> bool {
    let request: ScheduleRequest = serde_json::from_value(schedule.clone()).unwrap();
    Schedule::from_request(&request, DateTime::UNIX_EPOCH, 7).is_ok()
}

#[test]
fn a_line_is_its_schedule_and_its_command() {
    for (line, expression, command) in [
        ("0 9 * * MON-FRI backup.sh", "0 9 * * MON-FRI", "backup.sh"),
        (
            "  */5\t*  * * *\techo  two  blanks ",
            "*/5 * * * *",
            "echo  two  blanks",
        ),
        ("@daily backup.sh --all", "@daily", "backup.sh --all"),
        ("-0 9 * * * quiet.sh", "0 9 * * *", "quiet.sh"),
        (
            "0 0 1,15 jan-mar sun A=1 run # not a comment",
            "0 0 1,15 jan-mar sun",
            "A=1 run # not a comment",
        ),
        (r"0 9 * * * date +\%F", "0 9 * * *", "date +%F"),
    ] {
        let entry = only(line);
        assert_eq!(
            (entry.expression.as_str(), entry.command.as_str()),
            (expression, command),
            "{line}"
        );
    }
}

#[test]
fn settings_hold_for_the_lines_behind_them() {
    let text = "# a comment\n\nPATH = /usr/bin:/bin\nCRON_TZ=Europe/Paris\n0 9 * * * one\nSHELL=/bin/bash\n\
        NAME='two words'\nCRON_TZ=\n0 9 * * * two\n";
    let entries = entries(text);
    assert_eq!(entries[0].timezone.as_deref(), Some("Europe/Paris"));
    assert_eq!((entries[0].line, &entries[0].shell), (5, &None));
    assert_eq!(
        json!(entries[0].environment),
        json!({ "PATH": "/usr/bin:/bin" })
    );
    assert_eq!(entries[1].timezone, None);
    assert_eq!(entries[1].shell.as_deref(), Some("/bin/bash"));
    assert_eq!(entries[1].environment["NAME"], "two words");
}

#[test]
fn what_stands_behind_a_percent_sign_is_read_by_the_command() {
    let entry = only(r"0 9 * * * mail ann%Dear Ann,%50\% off%");
    assert_eq!(entry.command, "mail ann");
    assert_eq!(entry.stdin.as_deref(), Some("Dear Ann,\n50% off\n\n"));
}

#[test]
fn a_random_value_becomes_one_of_the_jobs_own() {
    let entry = only("0~59 ~ * * * spread.sh");
    assert_eq!(entry.expression, "H(0-59) H * * *");
    assert_eq!(entry.remarks.len(), 2);
}

#[test]
fn a_systems_crontab_names_a_user_that_is_told_and_not_obeyed() {
    let crontab = read(
        "17 * * * * root run-parts /etc/cron.hourly\n@daily ann backup\n0 9 * * * lonely\n",
        Form::System,
    );
    assert_eq!(crontab.entries[0].user.as_deref(), Some("root"));
    assert_eq!(crontab.entries[0].command, "run-parts /etc/cron.hourly");
    assert!(crontab.entries[0].remarks[0].contains("root"));
    assert_eq!(crontab.entries[1].user.as_deref(), Some("ann"));
    assert_eq!(crontab.refused[0].reason, "there is no command");
}

#[test]
fn what_a_job_cannot_be_is_refused_with_its_line_and_the_reason() {
    let text = "@reboot start.sh\n0 9 * *\n@fortnightly x\n0 9 * * *\n0 9 * * * %only input\n";
    let crontab = read(text, Form::User);
    assert!(crontab.entries.is_empty(), "{crontab:?}");
    let refused: Vec<_> = crontab.refused.iter().map(|refused| refused.line).collect();
    assert_eq!(refused, [1, 2, 3, 4, 5]);
    assert!(crontab.refused[0].reason.contains("reboot"));
}

#[test]
fn a_setting_that_will_do_nothing_is_told() {
    let told = |text: &str| read(text, Form::User).remarks;
    for text in ["MAILTO=ann@example.com", "TZ=Asia/Tokyo", "RANDOM_DELAY=5"] {
        assert_eq!(told(text).len(), 1, "{text}");
    }
    for text in ["MAILTO=\"\"", "PATH=/bin", "CRON_TZ=UTC", "SHELL=/bin/sh"] {
        assert!(told(text).is_empty(), "{text}");
    }
}

#[test]
fn a_command_becomes_work_of_a_worker() {
    let entry = only("SHELL=/bin/bash\nA=1\n30 2 * * * backup.sh%input");
    let planned = manner().plan(&entry).unwrap();
    let expected = json!({
        "name": "backup.sh", "job_type": "pull", "timeout_seconds": 86_400, "overlap": "allow",
        "retry": { "max_retries": 0 },
        "schedule": { "kind": "cron", "expression": "30 2 * * *", "timezone": "Europe/Berlin" },
        "payload": {
            "work": "crontab",
            "input": { "command": "backup.sh", "env": { "A": "1" }, "shell": "/bin/bash", "stdin": "input\n" },
        },
    });
    assert_eq!(planned.request, expected);
}

#[test]
fn a_command_that_only_calls_becomes_a_call_unless_that_is_not_wanted() {
    let entry = only("*/10 * * * * curl -fsS https://example.com/ping >/dev/null");
    let planned = manner().plan(&entry).unwrap();
    assert_eq!(planned.request["job_type"], "http");
    assert_eq!(planned.request["timeout_seconds"], 840);
    let without = Manner {
        calls: false,
        ..manner()
    };
    assert_eq!(without.plan(&entry).unwrap().request["job_type"], "pull");
}

#[test]
fn a_command_with_what_looks_like_a_placeholder_is_refused() {
    let entry = only("0 9 * * * docker ps --format '{{.Names}}'");
    assert!(manner().plan(&entry).unwrap_err().contains("placeholder"));
}

#[test]
fn a_line_keeps_its_key_wherever_it_is_moved_and_no_other_has_it() {
    let keys = |text: &str| -> Vec<String> {
        let planned = entries(text)
            .into_iter()
            .map(|entry| manner().plan(&entry).unwrap().key);
        planned.collect()
    };
    let before = keys("0 9 * * * one\n0 9 * * * two\n0 9 * * * one\n");
    let after = keys("# new\n0 9 * * * two\n\n0 9 * * * one\n0 9 * * * one\n");
    assert_eq!(
        before,
        [after[1].clone(), after[0].clone(), after[2].clone()]
    );
    assert_ne!(before[0], before[2]);
    let other_file = Manner {
        file: "/home/bob/crontab".to_owned(),
        ..manner()
    };
    let other = other_file.plan(&only("0 9 * * * one")).unwrap();
    assert_ne!(other.key, before[0]);
    assert!(
        before
            .iter()
            .all(|key| key.len() <= 255 && key.bytes().all(|byte| (b'!'..=b'~').contains(&byte)))
    );
}

/// A field as crontab(5) writes it, from `low` to `high`. No step is greater than its field: cron takes it for the first
/// value alone, and the API refuses it, by name.
fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    let value = low..=high;
    let range = (low..=high).prop_flat_map(move |from| (Just(from), from..=high));
    let range = range.prop_map(|(from, until)| format!("{from}-{until}"));
    let item = prop_oneof![
        3 => value.prop_map(|value| value.to_string()),
        1 => range.clone(),
        1 => (range, 1_u32..=5).prop_map(|(range, step)| format!("{range}/{step}")),
    ];
    prop_oneof![
        2 => Just("*".to_owned()),
        1 => (2..=(high - low).min(10)).prop_map(|step| format!("*/{step}")),
        3 => prop::collection::vec(item, 1..4).prop_map(|items| items.join(",")),
    ]
}

const NICKNAMES: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// A schedule that fires: no day is asked for that no month has.
fn schedule() -> impl Strategy<Value = String> {
    let month = prop_oneof![
        field(1, 12),
        Just("jan".to_owned()),
        Just("JUN-aug".to_owned())
    ];
    let weekday = prop_oneof![
        field(0, 7),
        Just("Mon".to_owned()),
        Just("mon-FRI".to_owned())
    ];
    let fields = (field(0, 59), field(0, 23), field(1, 28), month, weekday);
    let fields = fields.prop_map(|(minute, hour, day, month, weekday)| {
        format!("{minute} {hour} {day} {month} {weekday}")
    });
    prop_oneof![9 => fields, 1 => prop::sample::select(&NICKNAMES[..]).prop_map(ToOwned::to_owned)]
}

fn lines_of(crontab: &Crontab) -> usize {
    crontab.entries.len() + crontab.refused.len()
}

proptest! {
    #[test]
    fn no_text_is_too_odd_to_be_read(text in "(?s).{0,200}") {
        for form in [Form::User, Form::System] {
            let crontab = read(&text, form);
            prop_assert!(lines_of(&crontab) <= text.lines().count());
            for entry in &crontab.entries {
                let _ = manner().plan(entry);
            }
        }
    }

    #[test]
    fn no_line_that_looks_like_one_is_too_odd_either(text in r#"[-0-9*/,~@a-zA-Z"'%\\ \t=$&>|{}.:]{0,80}"#) {
        for entry in read(&text, Form::User).entries {
            let planned = manner().plan(&entry);
            prop_assert!(planned.is_ok() || text.contains("{{"));
        }
    }

    #[test]
    fn every_schedule_of_crontab_5_is_one_that_the_api_accepts(schedule in schedule(), command in "[a-z./]{1,20}( [a-z-]{1,9}){0,3}") {
        let entry = only(&format!("{schedule} {command}"));
        prop_assert_eq!(&entry.expression, &schedule);
        prop_assert_eq!(&entry.command, &command);
        let planned = manner().plan(&entry).unwrap();
        prop_assert!(is_accepted(&planned.request["schedule"]), "{}", planned.request["schedule"]);
    }
}
