"""The rows of the list as HTML. Equal rows give equal HTML, so a row is printed once and kept as long as it is asked for.

What is kept is found by all that it shows, so nobody is ever shown another's row. It holds no token and nothing about health:
whether somebody has health notes or a flag, and whatever a leader wrote in own words, is printed afresh each time.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from app.families.health.words import flags_in_words
from app.roster.lines import Line, Trip, line_of
from app.roster.queries import Found
from app.signups.models import ParticipantState

MOST_ROWS = 2000  # of some 1.5 kB each, in each process


def printed(lines: Iterable[Line], url: str, csrf: str, parties: int, *, oob: bool = False) -> list[Markup]:
    """The rows in pieces, one below the other. ``url`` begins the address of each, ``parties`` is how many places in line there are."""
    found = macros()
    parts: list[Markup] = []
    for line in lines:
        parts.append(found.begin(line, url, oob))
        if line.has_health_note or line.flags:
            parts.append(found.health(line.id, line.name, line.has_health_note, line.opens_health, line.flags, url))
        parts.append(found.rest(line, url, csrf, parties))
    return parts


def is_plain(row: Found) -> bool:
    """Whether a row shows nothing but what may be kept, and whether there are health notes: no own words, no place in line."""
    return not (row.note or row.overbook_reason) and row.state != ParticipantState.WAITING


def kept(row: Found, trip: Trip, url: str, *, opens_health: bool) -> tuple[Markup, ...]:
    """A plain row in pieces, printed when it is asked for the first time."""
    if current_app.debug:  # somebody is at work on the template
        pieces.cache_clear()
    if not (row.has_health_note or row.flags):
        return pieces(row, trip, url)
    begin, rest = pieces(row._replace(has_health_note=False, flags=""), trip, url)
    if row.state == ParticipantState.CANCELLED:
        return begin, rest
    flags = flags_in_words(row.flags)
    return begin, macros().health(row.id, row.name, row.has_health_note, opens_health, flags, url), rest


@lru_cache(maxsize=MOST_ROWS)
def pieces(row: Found, trip: Trip, url: str) -> tuple[Markup, Markup]:
    """A row in two, between which a word about health notes may stand."""
    found, line = macros(), line_of(row, trip, {}, {})
    return found.begin(line, url), found.rest(line, url)


def macros() -> Any:
    """The template's pieces."""
    return current_app.jinja_env.get_template("roster/_macros.html").module
