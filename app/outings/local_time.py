"""A day and a time as somebody types them in a unit's time zone, and the moment that they mean."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 2000, 2100  # what a date of an outing can sanely be


def instant(day: date, clock: time, zone: ZoneInfo, *, latest: bool = False, keep: datetime | None = None) -> datetime:
    """The moment, in UTC.

    Twice a year the clocks change. A time that comes twice is the first of the two, or the second for ends and deadlines
    (``latest``). ``keep`` is the moment that stands there already: when the form still says the same, it stays what it was.

    Raises:
        ValueError: the time is skipped by the clocks on that day, or the year is absurd; the message is for people.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"Enter a year between {FIRST_YEAR} and {LAST_YEAR}.")
    typed = datetime.combine(day, clock.replace(tzinfo=None))
    if keep is not None and keep.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0, fold=0) == typed:
        return keep
    moment = typed.replace(tzinfo=zone, fold=int(latest)).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != typed:
        raise ValueError(
            f"{clock:%H:%M} does not exist on {day:%a %b} {day.day}: the clocks go forward that night. Enter another time."
        )
    return moment
