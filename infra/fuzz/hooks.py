"""What Schemathesis cannot read from the API's description: what our formats look like, and which requests of the right
shape may yet be refused for what they mean."""

import re

import schemathesis
from hypothesis import strategies as st


def _field(least, greatest, names=()):
    """One field of a cron expression."""
    number = st.integers(least, greatest)
    span = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.integers(1, greatest).map(lambda step: f"*/{step}")
    single = st.one_of(number.map(str), span, *(st.just(name) for name in names))
    several = st.lists(single, min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("*"), st.just("*"), step, several)


CRON = st.one_of(
    st.sampled_from(["@hourly", "@daily", "@weekly", "@monthly", "@yearly"]),
    st.tuples(
        _field(0, 59), _field(0, 23), _field(1, 31), _field(1, 12, ["JAN", "dec"]), _field(0, 7, ["MON", "sun"])
    ).map(" ".join),
)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"]
)
# To come for as long as this test is of use to anybody.
INSTANTS = st.builds(
    "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}".format,
    st.integers(2040, 2199),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
)
URLS = st.builds(
    "{}://{}.invalid/{}".format,
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z]{1,10}", fullmatch=True),
    st.from_regex(r"[a-z0-9/]{0,10}", fullmatch=True),
)

RULES = st.builds(
    "FREQ={};INTERVAL={}{}".format,
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 30),
    st.sampled_from(["", ";BYHOUR=9", ";BYDAY=MO,FR", ";COUNT=12"]),
)
DAYS = st.sampled_from(["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"])
TIMES_OF_DAY = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(1, 59))

TAGS = st.sampled_from(["*"] * 6 + ['"1"', 'W/"2"', '"1", "2","3"', '"another\'s"'])

schemathesis.openapi.format("cron", CRON)
schemathesis.openapi.format("rrule", RULES)
schemathesis.openapi.format("entity-tags", TAGS)
schemathesis.openapi.format("day-of-week", DAYS)
schemathesis.openapi.format("time-of-day", TIMES_OF_DAY)
schemathesis.openapi.format("date-or-local-date-time", INSTANTS)
schemathesis.openapi.format("iana-time-zone", ZONES)
schemathesis.openapi.format("local-date-time", INSTANTS)
schemathesis.openapi.format("date-time", INSTANTS.map("{}Z".format))
schemathesis.openapi.format("fire-time", INSTANTS.map("{}Z".format))
schemathesis.openapi.format("uri", URLS)
schemathesis.openapi.format("mail-address", st.from_regex(r"[a-z]{1,10}@[a-z]{1,10}\.example", fullmatch=True))

# What only its meaning makes unacceptable: operation, field, reason. Whatever else is refused although the schema
# allows it is a finding: of the schema, which should say so, or of the API.
ANY = ".*"
A_JOB = "create_job|replace_job|patch_job|diff_job|preview_schedule"
A_PATCH = "patch_job|diff_job"
BRIEF = "create_brief_job|update_brief_job"
MEANING = [
    # What is there, and what is to fire.
    (ANY, "fire_time", "is not a time at which|lies in the past|has no default|must be a whole second"),
    (ANY, r"exclude_calendars.*", "is not the name of a calendar|leaves no time"),
    # What is past, and what was handed out before.
    (ANY, "cursor", "is not a cursor of this|goes with the window"),
    (A_JOB, r"schedule\.(at|local)", "lies (further )?in the past"),
    (BRIEF, "job_schedule", "lies in the past"),
    # Instants and dates: which of them exist, are whole seconds, and are computed for.
    (ANY, r"schedule\.(at|local|anchor_at)|starts_at|ends_at", "must be a whole second"),
    (ANY, r"schedule\.(at|local|anchor_at)|starts_at|ends_at|from|job_schedule", "must lie in the years"),
    (BRIEF, r"job_schedule\.date", "is not a day of that month"),
    # Fields that depend on each other.
    (A_JOB, r"notify\.channels", "must be 1 to 5, webhook_url included"),
    (A_JOB, r"notify\.channels\[\d+\].*", "(unknown|missing) field|must be"),
    (A_JOB, r"notify\.(webhook_url|channels\[\d+\]\.url)", "must be a reference to a secret"),
    ("list_dead_letters", "from|user", "must lie in the past|must be yourself"),
    ("redrive_many|discard_many", r"filter\.(from|user)", "must lie in the past|must be yourself"),
    ("list_audit", "from", "must lie before until"),
    ("list_occurrences|show_occurrence", "from|until|fire_time", "lies |must lie "),
    ("show_cost|show_job_cost", "since|until", "lies |must lie "),
    (ANY, r"window\.(from|until)", "lies |must lie "),
    ("put_calendar", r"dates\[\d+\]", "is not a date from 1600 to 2200"),
    ("put_calendar", "ical", "(?!must be a string)"),
    ("put_calendar", r"(ranges|weekly)\[\d+\]\.until", "must "),
    (A_JOB, "starts_at|ends_at|max_runs", "is for schedules that recur"),
    (A_JOB, "ends_at|starts_at", "leaves no time at which the job could fire|must not lie before starts_at|lies after"),
    (A_JOB, r"retry\.max_backoff_seconds", "must be from backoff_seconds to 86400"),
    (ANY, r"schedule\.(expression|resolved)|job_schedule", "can never fire"),
    (BRIEF, r"job_schedule\.(year|month|date)", "is required for ONCE|cannot be given for a recurring schedule"),
    (BRIEF, r"job_schedule\.days_of_week", "cannot be given for ONCE"),
    (BRIEF, "job_schedule", "must (give at least one of|be given with)"),
    (BRIEF, "job_schedule_type", "must be given with"),
    (A_JOB, "timeout_seconds", "must be from 1 to 840; up to 86400"),
    (A_JOB, "concurrency_key|max_concurrency|rate_per_minute", "does not apply|.*(max_concurrency|rate_per_minute|limit)"),
    # Jobs that run after others: which are there, and what goes with what.
    (A_JOB, r"after\[\d+\]", "is |runs at other times|would "),
    (A_JOB, "after_condition|after_limit_seconds", "says nothing without after"),
    (A_JOB, r"schedule|after|overlap|misfire.*|starts_at|ends_at|max_runs|spread_seconds|exclude_calendars.*", ".*(after|schedule)"),
    (A_JOB + "|weigh_change", r"(change\.)?spread", "auto needs a window|.*spread_seconds"),
    # Forecasts: of what lies ahead, and of some change.
    ("show_forecast_minute", "at", "must (not )?lie "),
    ("weigh_change", r"change.*", "must say one change|.*spread_seconds"),
    ("show_graph", "run", "is not|must be an execution"),
    ("place_hold", "until", "must lie ahead, by seven days at most"),
    ("place_hold", "value", "is no|must be"),
    ("release_hold", "per_minute|at_once", "either this or"),
    (ANY, r"payload\.script", "is not the name of a registered|is not registered|must be"),
    ("register_worker", "works", "must be 1 to 10 names, each of them once"),
    # A patch is judged by what it makes of the job that is there.
    (A_PATCH, r"(schedule|notify)\b.*", "(unknown|missing) field"),
    (A_PATCH + "|update_brief_job", r"payload\b.*", ".*"),
    (A_PATCH + "|update_brief_job", "job_type", "is not known here"),
    # Names that jobs may reach, and fields of a payload that depend on each other or on its size as text.
    (ANY, r"payload\..*", "names a resource of Punctual's own|must name a resource called punctual-target-"),
    (ANY, r"payload\.(group_id|deduplication_id)", "is (for FIFO targets|required for a FIFO target)"),
    (ANY, r"payload\.url|notify\..*url", "must (lead to|name) a public host|must not name port"),
    (ANY, r"payload\.(expected_statuses|retry_on|no_retry_on).*", "must be a status|contradicts"),
    (ANY, r"payload\.keep_headers.*", "may hold a credential"),
    (ANY, r"payload\.source", "must not begin with aws\\."),
    (ANY, r"payload\.attributes\..*", "is not the name of an attribute"),
    (ANY, r"payload\.(body|message)", "must not (be empty|have control characters)"),
    (ANY, r"payload\.statement", "must (not be empty|be at most 64 KB, without NUL)"),
    (ANY, r"payload\.to\[\d+\]", "must be a plain mail address"),
    # Headers are compared without regard to case; JSON Schema cannot say so.
    (ANY, r"payload\.headers\..*", "is set by Punctual"),
    # JSON Schema takes 60.0 for an integer. Here, integers are written as such.
    (ANY, ".*", "invalid type: floating point"),
    (BRIEF, r"job_schedule\.days_of_week\[\d+\]", "must be a day's name"),
]


@schemathesis.check
def refused_for_its_meaning(ctx, response, case):
    """A request of the right shape is refused for nothing but its meaning."""
    mode = case.meta.generation.mode if case.meta else None
    if response.status_code not in (400, 422) or mode is None or not mode.is_positive:
        return
    problem = response.json()
    if problem["type"] == "/problems/idempotency-key-reused":
        return
    operation = case.operation.definition.raw["operationId"]
    field, reason = problem.get("field", ""), problem.get("reason", problem["detail"])
    if not any(is_known(known, operation, field, reason) for known in MEANING):
        raise AssertionError(f"refused, though of the right shape: {field}: {reason}")


def is_known(known, operation, field, reason):
    return (
        re.fullmatch(known[0], operation)
        and re.fullmatch(known[1], field, re.DOTALL)
        and re.match(known[2], reason, re.DOTALL)
    )


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Schemathesis thinks that null breaks the format of a text that may be null. It does not."""
    broken = re.search(r"violates `format` at (/\S+)", failure.message or "")
    return not (broken and field_at(case.body, broken.group(1)) is None)


def field_at(value, schema_path):
    for name in re.findall(r"/properties/([^/]+)", schema_path):
        value = value.get(name) if isinstance(value, dict) else value
    return value
