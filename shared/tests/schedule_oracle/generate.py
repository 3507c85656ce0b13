"""Writes cases.jsonl: fire times of cron expressions as Python's cronsim 2.8 sees them.

    pip install cronsim==2.8 && python generate.py > cases.jsonl

cronsim implements Debian cron's rules, daylight saving included, and shares no code with Punctual or its engine.
"""

import json
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim

# Zones with changes of an hour, of half an hour and of two hours, at midnight, twice a year and four times a year.
ZONES = [
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/Santiago",
    "America/St_Johns", "Asia/Tehran", "Asia/Kolkata", "Asia/Beirut", "Africa/Cairo", "Africa/Casablanca",
    "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia", "Pacific/Auckland", "Antarctica/Troll", "Asia/Gaza",
]
MINUTES = ["0", "30", "15,45", "*", "*/15", "5-20/5", "59", "1,2,3"]
HOURS = ["0", "1", "2", "3", "2,3", "0-4", "*", "*/2", "*/6", "23", "1-3/2"]
DAYS = ["*", "1", "15", "*/2", "28-31", "1,15"]
MONTHS = ["*", "3,4,10,11", "2", "*/3"]
WEEKDAYS = ["*", "0", "7", "1-5", "SUN", "5,6", "MON-WED"]


def changes(zone, year):
    """The instants, to the hour, at which the zone's offset changes in a year."""
    instant = datetime(year, 1, 1, tzinfo=timezone.utc)
    found = []
    while instant.year == year:
        later = instant + timedelta(hours=1)
        if instant.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            found.append(later)
        instant = later
    return found


def excluded(zone, minute, hour):
    # cronsim repeats or loses real-time fires of a starred hour with steps across Lord Howe's half-hour change.
    return zone == "Australia/Lord_Howe" and hour.startswith("*") and hour != "*"


def loses_its_way(zone, minute, hour, start, fires):
    """cronsim steps from day to day on the wall clock. Where a day begins with a gap (Santiago, Tehran, Beirut ...) a
    starred field makes it fire at the jump, or miss the first hour after it; a walk through real time shows neither."""
    if not (minute.startswith("*") or hour.startswith("*")):
        return False
    for change in changes(zone, start.year):
        before = (change - timedelta(minutes=1)).astimezone(zone)
        after = change.astimezone(zone)
        begins_day = after.date() != before.date() and (after.hour, after.minute) != (0, 0)
        if begins_day and start <= change <= fires[-1]:
            return True
    return False


def main():
    chance = random.Random(20261121)
    for number in range(900):
        name = ZONES[number % len(ZONES)]
        zone = ZoneInfo(name)
        minute, hour = chance.choice(MINUTES), chance.choice(HOURS)
        if excluded(name, minute, hour):
            continue
        day, weekday = chance.choice(DAYS), chance.choice(WEEKDAYS)
        # Half of the cases look at every day: those meet the changes.
        if chance.random() < 0.5:
            day, weekday = "*", "*"
        month = chance.choice(MONTHS) if chance.random() < 0.3 else "*"
        expression = f"{minute} {hour} {day} {month} {weekday}"
        year = chance.randint(2000, 2037)
        near = changes(zone, year)
        if near and chance.random() < 0.8:
            start = chance.choice(near) - timedelta(hours=chance.randint(1, 30), minutes=chance.randint(0, 59))
        else:
            start = datetime(year, chance.randint(1, 12), chance.randint(1, 28), chance.randint(0, 23), 17, tzinfo=timezone.utc)
        fires = []
        simulation = CronSim(expression, start.astimezone(zone))
        for _ in range(12):
            try:
                fires.append(next(simulation).astimezone(timezone.utc))
            except StopIteration:
                break
        if loses_its_way(zone, minute, hour, start, fires):
            continue
        print(json.dumps({
            "expression": expression,
            "timezone": name,
            "after": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "fires": [fire.strftime("%Y-%m-%dT%H:%M:%SZ") for fire in fires],
        }))


main()
