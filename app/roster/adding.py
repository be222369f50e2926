"""What adding a member would come to, in words: pure functions over the seat book."""

from dataclasses import dataclass
from datetime import date

from app.families.models import ADULT_FROM, PersonKind, age_on
from app.roster.queries import Addable
from app.signups.rules.book import Book
from app.signups.rules.seats import groups_of
from app.web.formats import ordinal

KIND_WORDS = {PersonKind.YOUTH: "Youth", PersonKind.ADULT: "Adults"}


@dataclass(frozen=True, slots=True)
class Offer:
    """What the next person of a kind gets: a place, or a place in line."""

    is_seat: bool
    words: str


def offers_of(book: Book) -> dict[PersonKind, Offer]:
    """For youth and for adults."""
    return {kind: offer_of(book, kind) for kind in PersonKind}


def offer_of(book: Book, kind: PersonKind) -> Offer:
    """For one kind: ``Youth: 3 places free.`` or ``Youth: full. Whoever you add goes to the waiting list, 2nd in line.``"""
    left = book.limits.left(book.used, kind)
    # After the start nobody is moved up any more: a leader takes any place that is free.
    has_seat = book.has_seats_for(kind) if book.promotes() else left != 0
    word = KIND_WORDS[kind]
    if has_seat:
        free = "no limit" if left is None else f"{left} {'place' if left == 1 else 'places'} free"
        return Offer(True, f"{word}: {free}.")
    why = "full" if left == 0 else "places are held for those who wait" if left else "no place in a car"
    place = ordinal(len(groups_of(book.line)) + 1)
    return Offer(False, f"{word}: {why}. Whoever you add goes to the waiting list, {place} in line.")


def said_of(book: Book, offers: dict[PersonKind, Offer]) -> list[str]:
    """What each kind gets; once, where one number of places is for both and both get the same."""
    said = [offer.words for offer in offers.values()]
    rest = {words.partition(": ")[2] for words in said}
    if book.limits.youth is None and book.limits.adults is None and len(rest) == 1:
        (words,) = rest
        return [words[0].upper() + words[1:]]
    return said


def kind_of(person: Addable, day: date) -> PersonKind:
    """Youth or adult on a day; a known birth date is the better witness, as ``Person.kind_on`` has it."""
    if person.birth_date is None:
        return PersonKind(person.kind)
    return PersonKind.ADULT if age_on(person.birth_date, day) >= ADULT_FROM else PersonKind.YOUTH
