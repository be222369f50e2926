"""The cards of the list as HTML. Equal rows give equal HTML, so a card is printed once and kept as long as it is asked for.

What is kept is found by all that it shows, so nobody is ever shown another family's card.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import current_app
from markupsafe import Markup

from app.outings.cards import NOBODY, card_of, tells_year
from app.outings.queries import Listed
from app.outings.seatbook import OwnPlace, Taken
from app.outings.stage import Stage, stage_of

MOST_CARDS = 2000  # of some 0.7 kB each, in each process


def printed(
    rows: Iterable[Listed],
    taken: Mapping[UUID, Taken],
    own: Mapping[UUID, Sequence[OwnPlace]],
    moment: datetime,
    here: str,
) -> list[Markup]:
    """The cards, one below the other, as they are at ``moment``; ``here`` begins the address of each outing."""
    if current_app.debug:  # somebody is at work on the template
        piece.cache_clear()
    return [
        piece(
            row,
            taken.get(row.id, NOBODY),
            tuple(own.get(row.id, ())),
            stage_of(row, moment),
            tells_year(row.starts_at, moment),
            here,
        )
        for row in rows
    ]


@lru_cache(maxsize=MOST_CARDS)
def piece(row: Listed, taken: Taken, own: Sequence[OwnPlace], stage: Stage, year: bool, here: str) -> Markup:
    """One card."""
    found: Any = current_app.jinja_env.get_template("outings/_macros.html").module
    return found.card(card_of(row, taken, own, stage, year=year), here)
