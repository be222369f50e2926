"""The rows of the list as HTML. Equal lines give equal HTML, so a row is printed once and kept as long as it is asked for.

What is kept is found by all that it shows, so nobody is ever shown another's row. It holds no token and nothing about health:
whether somebody has health notes, and whatever a leader wrote in own words, is printed afresh each time.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from app.roster.lines import Line

MOST_ROWS = 2000  # of some 1.5 kB each, in each process


def printed(lines: Iterable[Line], url: str, csrf: str, parties: int, *, oob: bool = False) -> list[Markup]:
    """The rows in pieces, one below the other. ``url`` begins the address of each, ``parties`` is how many places in line there are."""
    found = macros()
    if current_app.debug:  # somebody is at work on the template
        pieces.cache_clear()
    parts: list[Markup] = []
    for line in lines:
        tells = line.has_health_note or line.opens_health
        if oob or line.note or line.why or line.place:
            begin, rest = found.begin(line, oob), found.rest(line, url, csrf, parties)
        else:
            begin, rest = pieces(replace(line, has_health_note=False, opens_health=False) if tells else line, url)
        parts += (begin, found.health(line, url), rest) if tells else (begin, rest)
    return parts


@lru_cache(maxsize=MOST_ROWS)
def pieces(line: Line, url: str) -> tuple[Markup, Markup]:
    """A row in two, between which a word about health notes may stand."""
    found = macros()
    return found.begin(line), found.rest(line, url)


def macros() -> Any:
    """The template's pieces."""
    return current_app.jinja_env.get_template("roster/_macros.html").module
