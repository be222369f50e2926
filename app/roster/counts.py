"""How full the outing is, and what keeps the waiting ones waiting, in words: pure functions over the seat book."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.families.models import PersonKind
from app.outings.models import WaitingRule
from app.signups.rules.book import Book
from app.signups.rules.seats import Limits, Load, Waiting, groups_of, sum_of, work_off
from app.web.formats import plural

MOST_HEADS = 100  # in each process


@dataclass(frozen=True, slots=True)
class Meter:
    """One limit: how much of it is taken."""

    words: str
    taken: int
    limit: int

    @property
    def is_full(self) -> bool:
        """Nothing is left of it."""
        return self.taken >= self.limit


@dataclass(frozen=True, slots=True)
class Counts:
    """The head of the page. ``over`` says which limits are passed, ``reasons`` why that was meant."""

    sentence: str
    meters: tuple[Meter, ...]
    over: str
    reasons: tuple[str, ...]
    people: int
    waiting: int


def counts_of(book: Book, reasons: Sequence[str] = ()) -> Counts:
    """Everything that the head says."""
    found = head(book.limits, book.used, len(book.line))
    return replace(found, reasons=tuple(reasons)) if reasons else found


@lru_cache(maxsize=MOST_HEADS)
def head(limits: Limits, used: Load, waiting: int) -> Counts:
    """The same without reasons: equal seats are said in equal words."""
    return Counts(
        sentence=sentence(limits, used, waiting),
        meters=meters(limits, used),
        over=over(limits, used),
        reasons=(),
        people=used.total + waiting,
        waiting=waiting,
    )


def sentence(limits: Limits, used: Load, waiting: int) -> str:
    """``26 confirmed (21 youth, 5 adults), 3 waiting``."""
    if not used.total and not waiting:
        return "Nobody has signed up yet."
    said = [f"{used.total} confirmed ({used.youth} youth, {plural(used.adults, 'adult')})"]
    if waiting:
        said.append(f"{waiting} waiting")
    short = limits.exceeded_by(used)
    if short.there and short.there == short.back:
        said.append(f"{plural(short.there, 'seat')} short in the cars")
    else:
        said += [f"{plural(short.there, 'seat')} short on the way there"] * bool(short.there)
        said += [f"{plural(short.back, 'seat')} short on the way home"] * bool(short.back)
    return ", ".join(said) + "."


def meters(limits: Limits, used: Load) -> tuple[Meter, ...]:
    """One for each limit that is set."""
    kinds = (
        ("youth place", "", used.youth, limits.youth),
        ("adult place", "", used.adults, limits.adults),
        ("place", " in all", used.total, limits.total),
    )
    return tuple(
        Meter(f"{taken} of {plural(limit, word)}{rest}", taken, limit)
        for word, rest, taken, limit in kinds
        if limit is not None
    )


def is_over(book: Book) -> bool:
    """Whether more people have a seat than there are (cars left aside)."""
    passed = book.limits.exceeded_by(book.used)
    return bool(passed.youth or passed.adults or passed.total)


def over(limits: Limits, used: Load) -> str:
    """``2 more than the 24 youth places``."""
    passed = limits.exceeded_by(used)
    kinds = (("youth place", passed.youth, limits.youth), ("adult place", passed.adults, limits.adults))
    said = [f"{more} more than the {plural(limit or 0, word)}" for word, more, limit in kinds if more]
    if passed.total and not said:
        said = [f"{passed.total} more than the {plural(limits.total or 0, 'place')}"]
    return " and ".join(said)


def why_waiting(book: Book) -> dict[str, str]:
    """What keeps each person in line, where the place alone does not say it: ``together, party of 3; 1 youth place free``."""
    would_fit = {person.id for person in work_off(book.limits, book.used, book.line, WaitingRule.WHOEVER_FITS)}
    said: dict[str, str] = {}
    for party in groups_of(book.line):
        words = why_party(book, party, would_fit)
        said |= {str(person.id): words for person in party if words}
    return said


def why_party(book: Book, party: Sequence[Waiting], would_fit: set[uuid.UUID]) -> str:
    """For one party."""
    together = party[0].together and len(party) > 1
    said = [f"together, party of {len(party)}"] if together else []
    portion = list(party) if together else [party[0]]
    if party[0].id in would_fit:
        # Seats are there, and yet nobody was moved up: they are held, or the outing does not take people up any more.
        said.append("places are held for those before" if book.promotes() else "a place is free")
        return "; ".join(said)
    load = sum_of(person.load for person in portion)
    kinds = ((PersonKind.YOUTH, load.youth, "youth"), (PersonKind.ADULT, load.adults, "adult"))
    short = [(book.limits.left(book.used, kind), wanted, word) for kind, wanted, word in kinds if wanted]
    seats = [(left, word) for left, wanted, word in short if left is not None and left < wanted]
    if any(left for left, _ in seats):
        said += [f"{left or 'no'} {word} {'place' if left == 1 else 'places'} free" for left, word in seats]
    elif not seats and (load.there > 0 or load.back > 0):
        said.append("no place in a car")
    return "; ".join(said)
