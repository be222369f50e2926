"""The cards of the list as HTML. Equal cards give equal HTML, so a card is printed once and kept as long as it is asked for.

What is kept is found by all that it shows, so nobody is ever shown another family's card.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from app.outings.cards import Card

MOST_CARDS = 2000  # of some 0.7 kB each, in each process


def printed(cards: Iterable[Card], here: str) -> list[Markup]:
    """The cards, one below the other; ``here`` begins the address of each outing."""
    if current_app.debug:  # somebody is at work on the template
        piece.cache_clear()
    return [piece(card, here) for card in cards]


@lru_cache(maxsize=MOST_CARDS)
def piece(card: Card, here: str) -> Markup:
    """One card."""
    found: Any = current_app.jinja_env.get_template("outings/_macros.html").module
    return found.card(card, here)
