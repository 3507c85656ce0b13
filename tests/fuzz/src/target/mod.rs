//! The targets, one file each; those of bodies share one.

mod bodies;
mod cron;
mod cron_oracle;
mod ical;
mod item;
mod json;
mod message;
mod schedule;
mod template;
mod text;

use crate::Target;
use crate::mutate::Form;

pub(super) const ALL: &[Target] = &[
    target("cron", cron::run, Form::Text, cron::WORDS),
    target("cron_oracle", cron_oracle::run, Form::Text, cron::WORDS),
    target("schedule", schedule::run, Form::Json, schedule::WORDS),
    target("message", message::run, Form::Json, message::WORDS),
    target("body_job", bodies::job, Form::Json, bodies::WORDS),
    target("body_patch", bodies::patch, Form::Json, bodies::WORDS),
    target("body_batch", bodies::batch, Form::Json, bodies::WORDS),
    target("body_brief", bodies::brief, Form::Json, bodies::WORDS),
    target("body_calendar", bodies::calendar, Form::Json, bodies::WORDS),
    target("ical", ical::run, Form::Text, ical::WORDS),
    target("template", template::run, Form::Json, template::WORDS),
    target("item", item::run, Form::Json, item::WORDS),
];

const fn target(
    name: &'static str,
    run: fn(&[u8]),
    form: Form,
    words: &'static [&'static str],
) -> Target {
    Target {
        name,
        run,
        form,
        words,
    }
}
