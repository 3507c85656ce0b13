"""Writes cases.jsonl: fire times of recurrence rules as Python's dateutil 2.9.0.post0 sees them.

    pip install python-dateutil==2.9.0.post0 && python generate.py > cases.jsonl

dateutil enumerates wall times from the start of a rule; Punctual moves the start ahead first. The way from wall times to
instants is written here a second time: a skipped one fires when the clock jumps, a repeated one the first time.
"""

import itertools
import json
import random
import warnings
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
COUNTED = 8
END = datetime(2100, 1, 1)


def some(chance, values, most=3):
    return ",".join(str(value) for value in chance.sample(list(values), chance.randint(1, most)))


def signed(chance, most):
    return some(chance, [n for n in range(-most, most + 1) if n != 0])


def rule(chance, start):
    """A rule that RFC 5545 allows and that Punctual takes."""
    freq = chance.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"])
    parts = [f"FREQ={freq}"]

    def perhaps(share, text):
        if chance.random() < share:
            parts.append(text)
            return True
        return False

    perhaps(0.5, f"INTERVAL={chance.choice([2, 3, 4, 5, 7, 10, 12, 18])}")
    by = perhaps(0.25, f"BYMONTH={some(chance, range(1, 13), 4)}")
    weeks = freq == "YEARLY" and perhaps(0.15, f"BYWEEKNO={signed(chance, 53)}")
    by |= weeks
    if freq == "YEARLY" and not weeks:
        by |= perhaps(0.15, f"BYYEARDAY={signed(chance, 366)}")
    if freq != "WEEKLY":
        by |= perhaps(0.25, f"BYMONTHDAY={some(chance, [1, 5, 13, 15, 28, 29, 30, 31, -1, -2, -15])}")
    if freq in ("YEARLY", "MONTHLY") and not weeks and chance.random() < 0.35:
        numbers = [1, 2, 3, 4, 5, -1, -2] if freq == "MONTHLY" else [1, 2, 20, 52, -1, -10]
        parts.append("BYDAY=" + ",".join(f"{chance.choice(numbers)}{day}" for day in chance.sample(DAYS, 2)))
        by = True
    else:
        by |= perhaps(0.35, f"BYDAY={some(chance, DAYS, 5)}")
    by |= perhaps(0.3, f"BYHOUR={some(chance, [0, 1, 2, 3, 9, 17, 23])}")
    by |= perhaps(0.3, f"BYMINUTE={some(chance, [0, 15, 30, 45])}")
    by |= perhaps(0.15, f"BYSECOND={some(chance, [0, 10, 59], 2)}")
    if by:
        perhaps(0.2, f"BYSETPOS={some(chance, [1, 2, -1, -2], 2)}")
    perhaps(0.3, f"WKST={chance.choice(DAYS)}")
    end = chance.random()
    if end < 0.15:
        parts.append(f"COUNT={chance.randint(1, 60)}")
    elif end < 0.3:
        until = start + timedelta(days=chance.randint(0, 3_000), hours=chance.randint(0, 23))
        parts.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
    return ";".join(parts)


def instant(wall, zone):
    first = wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # Skipped: walk back to the minute in which the clock jumped.
    before = wall.replace(tzinfo=zone, fold=0).utcoffset()
    jump = first.replace(second=0)
    while (jump - timedelta(minutes=1)).astimezone(zone).utcoffset() != before:
        jump -= timedelta(minutes=1)
    return jump


def main():
    warnings.simplefilter("ignore", DeprecationWarning)  # COUNT and an end together
    chance = random.Random(20261121)
    found = 0
    while found < 700:
        start = datetime(
            chance.randint(1998, 2026), chance.randint(1, 12), chance.randint(1, 28), chance.randint(0, 23),
            chance.choice([0, 0, 30, 17]), chance.choice([0, 0, 0, 5]),
        )
        if chance.random() < 0.2:
            start = start.replace(month=chance.choice([1, 3, 5, 7, 8, 10, 12]), day=chance.choice([29, 30, 31]))
        text = rule(chance, start)
        name = chance.choice(ZONES)
        zone = ZoneInfo(name)
        years = 3 if "HOURLY" in text else 25
        after = start + timedelta(minutes=chance.choice([-5_000, 0, 7, chance.randint(0, years * 525_600)]))
        if name != "UTC" and chance.random() < 0.6:
            # Near the changes of the clock, and at the hours in which they come.
            after = after.replace(month=chance.choice([3, 4, 9, 10, 11]), day=1)
            text = text if "BYHOUR" in text or "BYSETPOS" in text else text + ";BYHOUR=0,1,2"
        try:
            walls = rrulestr(text, dtstart=start)
        except ValueError:  # no hour that is due can be reached by the interval
            continue
        if "UNTIL" not in text:
            walls = walls.replace(until=END)
        # From two days before, since a skipped time may fire later than its own hour says.
        near = walls.xafter(after - timedelta(days=2), inc=True)
        try:
            near = list(itertools.islice(near, 200))
        except IndexError:  # dateutil looks for the 52nd of a weekday beyond the end of its year
            continue
        begin = instant(after, zone)
        fires = sorted({at for at in (instant(wall, zone) for wall in near) if at >= begin})[:COUNTED]
        if len(near) == 200 and len(fires) < COUNTED:
            continue
        if not near and next(iter(walls), None) is None:
            continue
        found += 1
        print(json.dumps({
            "rule": text,
            "start": start.strftime("%Y-%m-%dT%H:%M:%S"),
            "timezone": name,
            "from": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "fires": [at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in fires],
        }))


main()
