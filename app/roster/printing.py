"""The rows of the list as HTML. Equal rows give equal HTML, so a row is printed once and kept as long as it is asked for.

What is kept is found by all that it shows, so nobody is ever shown another's row. It holds no token and nothing about health:
whether somebody has health notes or a flag, and whatever a leader wrote in own words, is printed afresh each time.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup

from app.families.health.notes import flags_in
from app.families.health.words import flags_in_words
from app.roster.lines import Line, Trip, line_of
from app.roster.queries import Found, Row
from app.signups.models import ParticipantState
from app.web.pieces import joined

MOST_ROWS = 2000  # of some 2 kB each, in each process


class Kept(NamedTuple):
    """A row as a whole and in two pieces, between which a word about health may stand, and what that word needs."""

    whole: Markup
    begin: Markup
    rest: Markup
    id: str
    person_id: str
    name: str


def printed(lines: Iterable[Line], url: str, csrf: str, parties: int, *, oob: bool = False) -> Markup:
    """The rows, one below the other. ``url`` begins the address of each, ``parties`` is how many places in line there are."""
    found = macros()
    parts: list[Markup] = []
    for line in lines:
        parts.append(found.begin(line, url, oob))
        if line.has_health_note or line.flags:
            parts.append(found.health(line.id, line.name, line.has_health_note, line.opens_health, line.flags, url))
        parts.append(found.rest(line, url, csrf, parties))
    return joined(parts)


def is_plain(row: Row) -> bool:
    """Whether a row shows nothing but what may be kept, and whether there are health notes: no own words, no place in line."""
    return not (row.note or row.overbook_reason) and row.state != ParticipantState.WAITING


def kept(row: Row, trip: Trip, url: str, template: Any, *, opens_health: bool) -> tuple[Markup, ...]:
    """A plain row in pieces, printed when it is asked for the first time. ``template`` is that of ``macros``."""
    found = pieces(row.text, trip, url)
    noted = row.sealed is not None
    if not (noted or row.swim_class) or row.state == ParticipantState.CANCELLED:
        return (found.whole,)
    flags = flags_in_words(flags_in(row.sealed, found.person_id, row.swim_class))
    if not (noted or flags):
        return (found.whole,)
    return found.begin, template.health(found.id, found.name, noted, opens_health, flags, url), found.rest


@lru_cache(maxsize=MOST_ROWS)
def pieces(text: str, trip: Trip, url: str) -> Kept:
    """A row as it is kept."""
    found = Found.kept(text)
    line, at = line_of(found, trip, {}, {}), macros()
    begin, rest = at.begin(line, url), at.rest(line, url)
    return Kept(joined((begin, rest)), begin, rest, found.id, found.person_id, found.name)


def macros() -> Any:
    """What the template can print."""
    return current_app.jinja_env.get_template("roster/_macros.html").module
