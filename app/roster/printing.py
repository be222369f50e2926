"""The rows of the list as HTML. Equal rows give equal HTML, so a row is printed once and kept as long as it is asked for, and so are
the rows of a page together.

What is kept is found by all that it shows, so nobody is ever shown another's row. It holds no token and of nobody anything about health:
whether somebody has health notes or a flag is put between the halves of the row each time, and a row with a leader's own words is printed afresh.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup

from app.families.health.notes import flags_in
from app.families.health.words import Flag, flags_in_words
from app.roster.found import Apart, Found, Texts, found_in
from app.roster.lines import Line, Trip, line_of
from app.signups.models import ParticipantState
from app.web.pieces import joined

MOST_PAGES, MOST_ROWS = 40, 2000  # of some 2 kB a row, in each process
MOST_WORDS = 100  # of some 200 bytes


class Kept(NamedTuple):
    """A row, which is also printed unless it shows a place in line: as a whole, and in the two pieces between which a word about health
    may stand.
    """

    found: Found
    whole: Markup | None = None
    halves: tuple[Markup, ...] = ()


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


@lru_cache(maxsize=MOST_PAGES)
def kept(texts: Texts, trip: Trip, url: str) -> tuple[Kept, ...]:
    """The rows of a page as they are kept. They are read and printed when a page is asked for that is not like one before."""
    return tuple(pieces(found, trip, url) for found in found_in(texts))


@lru_cache(maxsize=MOST_ROWS)
def pieces(found: Found, trip: Trip, url: str) -> Kept:
    """A row as it is kept."""
    if found.state == ParticipantState.WAITING:
        return Kept(found)
    line, at = line_of(found, trip, {}, {}), macros()
    halves = at.begin(line, url), at.rest(line, url)
    return Kept(found, joined(halves), halves)


def with_health(row: Kept, apart: Apart, url: str, template: Any, *, opens_health: bool) -> tuple[Markup, ...]:
    """A printed row with the word about health that is due. ``template`` is that of ``macros``."""
    found, noted = row.found, apart.sealed is not None
    comes = found.state != ParticipantState.CANCELLED
    flags = flags_in_words(flags_in(apart.sealed, found.person_id, apart.swim_class)) if comes else ()
    if not (comes and (noted or flags)):
        return row.halves
    begin, rest = row.halves
    if not opens_health:
        return begin, closed(noted, flags), rest
    return begin, template.health(found.id, found.name, noted, opens_health, flags, url), rest


@lru_cache(maxsize=MOST_WORDS)
def closed(noted: bool, flags: tuple[Flag, ...]) -> Markup:
    """The word about health for whoever may not open the notes. It names nobody, and is the same for all of whom it is said."""
    word: Markup = macros().health("", "", noted, False, flags, "")
    return word


def forget() -> None:
    """Keep nothing of what was printed."""
    for found in (kept, pieces, closed):
        found.cache_clear()


def macros() -> Any:
    """What the template can print."""
    return current_app.jinja_env.get_template("roster/_macros.html").module
