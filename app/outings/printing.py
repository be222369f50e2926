"""The cards of the list as HTML. Equal rows give equal HTML, so a card is printed once and kept as long as it is asked for.

What is kept is found by the text of the row, which is all that the card shows, so nobody is ever shown another family's card.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from app.outings.cards import card_of, tells_year
from app.outings.queries import Listed
from app.outings.stage import Stage, stage_of
from app.web.pieces import joined

MOST_CARDS = 2000  # of some 0.7 kB each, in each process


def printed(rows: Iterable[Listed], moment: datetime, here: str) -> Markup:
    """The cards, one below the other, as they are at ``moment``; ``here`` begins the address of each outing."""
    if current_app.debug:  # somebody is at work on the template
        piece.cache_clear()
    cards = [piece(row.text, stage_of(row, moment), tells_year(row.starts_at, moment), here) for row in rows]
    return joined(cards)


@lru_cache(maxsize=MOST_CARDS)
def piece(text: str, stage: Stage, year: bool, here: str) -> Markup:
    """One card."""
    found: Any = current_app.jinja_env.get_template("outings/_macros.html").module
    return found.card(card_of(Listed.of(text), stage, year=year), here)
