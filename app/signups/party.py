"""The family's page, put into words: who may come, who is in, who waits and where."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.clock import now
from app.extensions import new_id
from app.families.models import PersonKind
from app.identity.models import User
from app.outings.cards import cost
from app.outings.models import Outing
from app.outings.stage import Stage, stage_of
from app.signups import consent
from app.signups.eligibility import Relative, closed_to_cancelling, closed_to_newcomers, why_not
from app.signups.models import Participant, ParticipantState
from app.signups.queries import Standing, last_company, live_participants, relatives_of, standing_of
from app.signups.rules.book import Book, book_of
from app.signups.rules.family import Wish
from app.signups.rules.seats import Limits, groups_of
from app.signups.why_waiting import why_waiting
from app.web.formats import names, plural

PAST = (Stage.CANCELLED, Stage.OVER)


@dataclass(frozen=True)
class Row:
    """One person of the family on the page."""

    person: Relative
    participant: Participant | None
    place: int | None
    reason: str | None
    locked: bool
    ticked: bool
    seat_free: bool

    @property
    def may_join(self) -> bool:
        """Not signed up yet, and nothing stands against it."""
        return self.participant is None and not self.locked

    @property
    def state(self) -> str:
        """``confirmed``, ``waiting``, or nothing yet."""
        return self.participant.state if self.participant else ""

    @property
    def ride(self) -> str:
        """Passengers there and back as the fields show them, so that the form can tell whether somebody has changed them."""
        ways = (
            (self.participant.passengers_there, self.participant.passengers_back) if self.participant else (None, None)
        )
        return "/".join("" if seats is None else str(seats) for seats in ways)


@dataclass(frozen=True)
class PartyPage:
    """Everything that the page shows."""

    outing: Outing
    rows: list[Row]
    submission: uuid.UUID
    together: bool
    youth_left: int | None
    adults_left: int | None
    parties_in_line: int
    why_waiting: str | None
    closed: str | None
    stage: Stage
    asks_together: bool
    others_wait: bool
    asks_consent: bool
    consent_stale: bool
    permitted: list[str]
    unasked: list[str]
    cost: Decimal

    @property
    def coming(self) -> list[Row]:
        """Those with a seat."""
        return [row for row in self.rows if row.state == ParticipantState.CONFIRMED]

    @property
    def waiting(self) -> list[Row]:
        """Those in line."""
        return [row for row in self.rows if row.state == ParticipantState.WAITING]

    @property
    def is_past(self) -> bool:
        """Whether nobody comes any more: it is cancelled, or over."""
        return self.stage in PAST

    @property
    def gives_seats_away(self) -> bool:
        """Whether somebody else gets the seat of whoever is taken off."""
        return self.others_wait and any(not row.locked for row in self.coming)

    @property
    def places_left(self) -> str:
        """``6``, ``2 for youth, 5 for adults``, ``no limit``; and how many wait."""
        limits = Limits.of(self.outing)
        if limits.youth is None and limits.adults is None:
            said = "No limit" if self.youth_left is None else str(self.youth_left)
        else:
            said = f"{some(self.youth_left)} for youth, {some(self.adults_left)} for adults"
        waiting = plural(self.parties_in_line, "party waits", "parties wait")
        return f"{said}; {waiting}" if self.parties_in_line else said

    @property
    def price(self) -> str:
        """What one of each costs, as on the outing's page."""
        return cost(self.outing.youth_cost, self.outing.adult_cost)

    @property
    def is_tight(self) -> bool:
        """Whether places are left, but not for all of the family who could still come."""
        could = [row.person.kind for row in self.rows if row.may_join]
        limits = Limits.of(self.outing)
        if limits.youth is None and limits.adults is None:  # one number for all of them
            return bool(self.youth_left) and len(could) > (self.youth_left or 0)
        left = ((self.youth_left, PersonKind.YOUTH), (self.adults_left, PersonKind.ADULT))
        return any(seats and could.count(kind) > seats for seats, kind in left)

    def asks_health(self, after: timedelta) -> list[Relative]:
        """Of whom the answers about health are older than ``after``, among those who come, or could."""
        if self.is_past:
            return []
        could = [row.person for row in self.rows if row.state or not row.locked]
        return [person for person in could if person.health and person.health.is_old(after)]

    @property
    def can_send(self) -> bool:
        """Whether there is anybody to sign up or to take off, or permission to be given once more."""
        return self.consent_stale or bool(self.unasked) or any(not row.locked for row in self.rows)


def party_page(user: User, outing: Outing, wish: Wish | None = None, submission: uuid.UUID | None = None) -> PartyPage:
    """The page for ``user``; with what a refused form wished still ticked, and ``submission`` as the next form's key."""
    relatives = relatives_of(user.id, outing)
    family = [person.id for person in relatives]
    standing = standing_of(user.id, outing.id, family)
    on_it = live_participants(outing.id, family) if standing.anybody_on_it else []
    live = {row.person_id: row for row in on_it}
    book = book_of(outing, standing, whole_line=True)
    places = {waiting.id: at for at, party in enumerate(groups_of(book.line), 1) for waiting in party}
    ticked = ticks(user, outing, live, wish, is_first=standing.signup_id is None)
    closed = closed_to_newcomers(outing, now())
    rows = [
        row_of(person, relatives, outing, live.get(person.id), places, ticked, closed, book) for person in relatives
    ]
    in_now = [row for row in rows if row.state == ParticipantState.CONFIRMED]
    stage = stage_of(outing, now())
    stale = stage not in PAST and is_stale(standing.agreed, outing, in_now)
    unasked = [] if stage in PAST else unasked_of(rows, standing)
    return PartyPage(
        outing=outing,
        # Who cannot come anyway stands last.
        rows=sorted(rows, key=lambda row: row.locked and not row.state),
        submission=submission or new_id(),
        together=wish.together if wish else standing.together is not False,
        youth_left=book.limits.left(book.used, PersonKind.YOUTH),
        adults_left=book.limits.left(book.used, PersonKind.ADULT),
        parties_in_line=len(groups_of(book.line)),
        why_waiting=None if stage in PAST else why_waiting(book, live),
        closed=closed,
        stage=stage,
        asks_together=may_be_parted(rows, book),
        others_wait=any(waiting.id not in {row.id for row in on_it} for waiting in book.line),
        asks_consent=stale or bool(unasked) or consent.is_needed_for([row.person.kind for row in rows if row.may_join]),
        consent_stale=stale,
        permitted=[] if stale else permitted(rows, standing),
        unasked=unasked,
        cost=sum((cost_of(row.participant.kind, outing) for row in in_now if row.participant), Decimal(0)),
    )


def ticks(
    user: User, outing: Outing, live: Mapping[uuid.UUID, Participant], wish: Wish | None, *, is_first: bool
) -> Collection[uuid.UUID]:
    """Who is ticked: as just sent, as signed up, or for a first time as on the family's last outing. Of a family that has taken all
    its people off nobody is.
    """
    if wish:
        # Who was signed up since the page was opened stays ticked: sending it again must not take them off.
        return wish.people | {person for person in live if wish.seen is not None and person not in wish.seen}
    return last_company(user.id, outing.id) if is_first and not live else live.keys()


def row_of(
    person: Relative,
    family: list[Relative],
    outing: Outing,
    participant: Participant | None,
    places: Mapping[uuid.UUID, int],
    ticked: Collection[uuid.UUID],
    closed: str | None,
    book: Book,
) -> Row:
    """One line of the page. A locked one cannot be ticked or unticked, and says why."""
    if participant is None:
        reason = closed or why_not(person, family, outing)
    elif not person.may_sign_up:
        reason = "Another guardian does the signing up."
    elif participant.state == ParticipantState.CONFIRMED:
        reason = closed_to_cancelling(outing, now())
    else:
        reason = closed if stage_of(outing, now()) in PAST else None
    return Row(
        person=person,
        participant=participant,
        place=places.get(participant.id) if participant else None,
        reason=reason,
        locked=reason is not None,
        ticked=person.id in ticked and (participant is not None or reason is None),
        seat_free=book.has_seats_for(person.kind),
    )


def may_be_parted(rows: Sequence[Row], book: Book) -> bool:
    """Whether the family has to say what becomes of it when not all fit: several wait or could come, and not at once."""
    could = [row.person.kind for row in rows if row.may_join]
    waiting = [row for row in rows if row.state == ParticipantState.WAITING and not row.locked]
    return len(waiting) + len(could) > 1 and (bool(waiting) or not book.has_seats_for(*could))


def unasked_of(rows: Sequence[Row], standing: Standing) -> list[str]:
    """The children whom a leader has put on the list, and for whom this account may give permission and has not."""
    return [
        row.person.first_name
        for row in rows
        if row.participant and row.person.may_consent and standing.is_unasked(row.participant)
    ]


def permitted(rows: Sequence[Row], standing: Standing) -> list[str]:
    """The children for whom permission came with the family's own party."""
    if standing.agreed is None:
        return []
    return [
        row.person.first_name
        for row in rows
        if row.participant
        and row.participant.kind == PersonKind.YOUTH
        and row.participant.signup_id == standing.signup_id
        and row.person.may_consent
    ]


def is_stale(agreed: dict[str, Any] | None, outing: Outing, in_now: list[Row]) -> bool:
    """Whether permission must be given again by whoever may, because the outing has changed since."""
    young = any(
        row.participant and row.participant.kind == PersonKind.YOUTH and row.person.may_consent for row in in_now
    )
    return young and agreed is not None and consent.is_stale(agreed, outing)


def cost_of(kind: str, outing: Outing) -> Decimal:
    """What one person pays."""
    return outing.youth_cost if kind == PersonKind.YOUTH else outing.adult_cost


def in_words(result: Mapping[str, Any], page: PartyPage) -> list[str]:
    """What a submission did, in sentences; the places in line are those of this moment."""
    by_id = {str(row.person.id): row for row in page.rows}

    def first_names(ids: list[str]) -> list[str]:
        return [by_id[id].person.first_name for id in ids if id in by_id]

    said = []
    for key, one, many in (("confirmed", "is in", "are in"), ("moved_up", "moved up and is in", "moved up and are in")):
        if people := first_names(result.get(key, [])):
            said.append(f"{names(people)} {one if len(people) == 1 else many}.")
    if people := first_names(result.get("waiting", [])):
        said.append(f"{names(people)} {'waits' if len(people) == 1 else 'wait'} for a place.")
    if people := first_names(result.get("cancelled", [])):
        said.append(f"{names(people)} {'is' if len(people) == 1 else 'are'} no longer coming.")
    return said or ["Saved. Nobody was added or taken off."]


def some(seats: int | None) -> str:
    """A number of free seats, in words when there is no limit."""
    return "any number" if seats is None else str(seats)
