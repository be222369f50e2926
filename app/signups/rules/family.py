"""A family signs up, changes its party, or cancels: all by one page and one rule."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.audit.rules import record
from app.clock import now
from app.errors import Conflict, NotFound, RuleBroken
from app.extensions import Model, db, new_id
from app.families.models import PersonKind
from app.identity.models import User
from app.outings.plain import AnyOuting
from app.signups import consent
from app.signups.eligibility import Relative, closed_to_cancelling, closed_to_newcomers, why_not
from app.signups.models import Consent, Participant, ParticipantState, Signup, Submission
from app.signups.queries import Standing, live_participants, relatives_of
from app.signups.rules.book import Book, load_of, lock_for_family
from app.writing import fresh, insert_together

Ride = tuple[int | None, int | None]
MEANWHILE = "Your family was changed at this moment. Nothing was saved; look at it, and send it once more."


@dataclass(frozen=True)
class Wish:
    """What a family's form asks for.

    ``seen`` are the people whom the page showed as coming or waiting: only they can be taken off by not being ticked,
    so that a page opened before the other parent signed somebody up cancels nobody. None trusts the ticks alone.
    ``drivers`` maps an adult to the passengers taken (there, back); None does not drive that way. Of those in ``untouched`` the form says
    what its page showed, so that a ride that was changed since stays.
    """

    people: frozenset[uuid.UUID]
    together: bool
    submission: uuid.UUID
    consent: bool = False
    seen: frozenset[uuid.UUID] | None = None
    drivers: dict[uuid.UUID, Ride] = field(default_factory=dict)
    untouched: frozenset[uuid.UUID] = frozenset()

    @property
    def digest(self) -> str:
        """Tells the same form sent twice from an old page sent again with other answers."""
        drivers = sorted((str(person), seats) for person, seats in self.drivers.items())
        said = [sorted(map(str, self.people)), self.together, self.consent, drivers]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass
class Party:
    """A family at work on its party, under the outing's lock."""

    actor: User
    family: dict[uuid.UUID, Relative]
    book: Book
    signup_id: uuid.UUID
    together: bool
    live: dict[uuid.UUID, Participant]
    new_rows: list[Model] = field(default_factory=list)

    def waiting(self) -> list[Participant]:
        """Those of this very party who stand in line."""
        return [
            row
            for row in self.live.values()
            if row.state == ParticipantState.WAITING and row.signup_id == self.signup_id
        ]


def send_party(actor: User, outing_id: uuid.UUID, wish: Wish, relatives: Sequence[Relative]) -> dict[str, Any]:
    """Make the family's party on an outing what ``wish`` says, and return what that did, ready for JSON.

    Who is ticked and not in yet joins the line behind everybody, and the line is worked off at once: so a free seat goes
    to the first that fits, and never to a newcomer while somebody waits for it. Who is no longer ticked gives the seat
    back. ``relatives`` are read before the lock; whether they still are is looked at under it.

    Raises:
        RuleBroken: not open, not eligible, no consent, ...; nothing has been changed then.
        Conflict: the same form was sent before with other answers, or an admin has just changed what the actor may do for a child.
    """
    ids = frozenset(person.id for person in relatives)
    # Made before the lock, since everybody waits behind whoever holds it.
    submission = fresh(Submission, key=wish.submission, outing_id=outing_id, user_id=actor.id, digest=wish.digest)
    book, standing = lock_for_family(actor.id, outing_id, ids, wish.submission)
    if standing.result is not None:
        return result_of(standing, submission)
    if ties_of(relatives) != (standing.tied, standing.signs, standing.permits):
        raise Conflict(MEANWHILE)
    relatives = as_of_now(actor, relatives, book.outing)
    family = {person.id: person for person in relatives}
    if not wish.people <= family.keys():
        raise NotFound("One of the people on the form is not in your family.")
    on_it = live_participants(outing_id, family.keys()) if standing.anybody_on_it else []
    live = {row.person_id: row for row in on_it}
    joining = [person for person in relatives if person.id in wish.people and person.id not in live]
    leaving = [row for id, row in live.items() if leaves(id, family[id], wish)]
    party = Party(actor, family, book, standing.signup_id or new_id(), wish.together, live)
    if standing.signup_id:
        party.together = bool(standing.together)
    else:
        party.new_rows.append(new_signup(party))
    check(party, joining, leaving)
    give_consent(party, wish, standing, joining)
    for row in leaving:
        cancel(party, row)
    drive(party, wish)
    joined = join(party, joining, wish)
    new = {row.id: row for row in joined}
    moved = party.book.settle(actor, {**new, **{row.id: row for row in live.values()}}, new)
    submission.result = {
        "confirmed": [str(row.person_id) for row in joined if row.state == ParticipantState.CONFIRMED],
        "waiting": [str(row.person_id) for row in joined if row.state == ParticipantState.WAITING],
        "cancelled": [str(row.person_id) for row in leaving],
        "moved_up": [str(row.person_id) for row in moved if row.person_id in family],
    }
    entries = [party.book.entry(actor, "signed up", row, {"state": (None, row.state)}) for row in joined]
    # What left must have gone from the table before the same person can stand in it again.
    db.session.flush()
    insert_together([*party.new_rows, *joined, *entries, submission], last=True)
    return submission.result


def as_of_now(actor: User, relatives: Sequence[Relative], outing: AnyOuting) -> Sequence[Relative]:
    """Read again if the outing was changed since: another day makes adults of children, and other units may come."""
    is_fresh = all(person.outing_version == outing.version for person in relatives)
    return relatives if is_fresh else relatives_of(actor.id, outing)


def ties_of(relatives: Sequence[Relative]) -> tuple[int, int, int]:
    """How many there are beside oneself, may be signed up, and may be given permission for."""
    others = [person for person in relatives if not person.is_self]
    return len(others), sum(person.may_sign_up for person in others), sum(person.may_consent for person in others)


def result_of(standing: Standing, submission: Submission) -> dict[str, Any]:
    """The result of the same form's first arrival. The outing's lock made the second wait until it was there.

    Raises:
        Conflict: the form had other answers.
    """
    if standing.digest != submission.digest or standing.result is None:
        raise Conflict("This page was sent before with other answers. Your ticks are kept; send them again.", "people")
    return standing.result


def new_signup(party: Party) -> Signup:
    """The family's first party on this outing."""
    return fresh(
        Signup,
        id=party.signup_id,
        outing_id=party.book.outing.id,
        user_id=party.actor.id,
        by_leader=False,
        together=party.together,
    )


def leaves(person_id: uuid.UUID, person: Relative, wish: Wish) -> bool:
    """Whether the wish takes this person off: shown as coming or waiting, and not ticked."""
    shown = wish.seen is None or person_id in wish.seen
    return shown and person_id not in wish.people and person.may_sign_up


def check(party: Party, joining: list[Relative], leaving: list[Participant]) -> None:
    """Whether these may join and those may leave.

    Raises:
        RuleBroken: the first sentence that stands against it.
    """
    outing, moment = party.book.outing, now()
    closed = closed_to_newcomers(outing, moment) if joining else None
    if any(row.state == ParticipantState.CONFIRMED for row in leaving):
        closed = closed or closed_to_cancelling(outing, moment)
    if closed:
        raise RuleBroken(closed, "people")
    family = list(party.family.values())
    for person in joining:
        reason = why_not(person, family, outing)
        if reason:
            raise RuleBroken(f"{person.first_name} cannot come. {reason}", "people")


def give_consent(party: Party, wish: Wish, standing: Standing, joining: list[Relative]) -> None:
    """Keep the permission, with what it was given for. It is for those of whom the account is a guardian who may give it: whoever else
    stands in the party, as a child of whom it was one, is left out where the roster is read (``roster/found.py``).

    Raises:
        RuleBroken: a young person joins without it, or with that of a guardian who may not give it; or it may be given for nobody.
    """
    outing = party.book.outing
    young = [person for person in joining if person.kind == PersonKind.YOUTH]
    if young and not wish.consent:
        raise RuleBroken("Tick that you give permission for the young people to take part.", "consent")
    there = [party.family[id] for id, row in party.live.items() if row.kind == PersonKind.YOUTH]
    is_for_some = any(person.may_consent for person in there)
    for person in young or (there if wish.consent and not is_for_some else ()):
        if not person.may_consent:
            raise RuleBroken(f"Another guardian gives permission for {person.first_name}.", "consent")
    agreed = standing.agreed
    is_due = agreed is None or consent.is_stale(agreed, outing) or any(map(standing.is_unasked, party.live.values()))
    if wish.consent and (young or (is_for_some and is_due)):
        party.new_rows.append(
            fresh(
                Consent,
                signup_id=party.signup_id,
                user_id=party.actor.id,
                text_version=consent.TEXT_VERSION,
                terms=consent.terms_of(outing),
            )
        )


def cancel(party: Party, participant: Participant) -> None:
    """Give a seat, or a place in line, back."""
    party.book.cancel(party.actor, participant)
    del party.live[participant.person_id]


def drive(party: Party, wish: Wish) -> None:
    """Change what drivers who are in already offer. Offering less never takes anybody's seat away."""
    for person_id, offer in wish.drivers.items():
        row = party.live.get(person_id)
        before = (row.passengers_there, row.passengers_back) if row else offer
        if (
            row is None
            or offer == before
            or person_id in wish.untouched
            or row.kind != PersonKind.ADULT
            or not party.family[person_id].may_sign_up
        ):
            continue
        number = row.queue_no
        party.book.leave(row)
        row.passengers_there, row.passengers_back = offer
        row.version += 1
        if number is None:
            party.book.used = party.book.used.plus(load_of(row))
        else:
            party.book.queue(row, party.together, number)
        party.book.log(party.actor, "changed the ride", row, {"passengers": (list(before), list(offer))})


def join(party: Party, joining: list[Relative], wish: Wish) -> list[Participant]:
    """Put the new ones at the end of the line. Who stays together waits there together: at the latest of their places."""
    book = party.book
    if party.together != wish.together:
        set_together(party, wish.together)
    number = book.end_of_line()
    waiting = party.waiting()
    if wish.together and waiting:
        latest = number if joining else max(row.queue_no or 0 for row in waiting)
        for row in waiting:
            book.leave(row)
            book.queue(row, True, latest)
    joined = [new_participant(party, person, wish) for person in joining]
    for row in joined:
        book.queue(row, wish.together, number)
    return joined


def set_together(party: Party, together: bool) -> None:
    """The family changes its mind about staying together."""
    signup, outing = db.session.get_one(Signup, party.signup_id), party.book.outing
    changes = {"together": (party.together, together)}
    record(party.actor, "changed the party", signup, changes=changes, unit_id=outing.unit_id, outing_id=outing.id)
    party.together = signup.together = together
    party.book.set_together(party.signup_id, together)


def new_participant(party: Party, person: Relative, wish: Wish) -> Participant:
    """A person's row on the outing, with the unit and patrol of the day."""
    there, back = wish.drivers.get(person.id, (None, None)) if person.kind == PersonKind.ADULT else (None, None)
    return fresh(
        Participant,
        signup_id=party.signup_id,
        outing_id=party.book.outing.id,
        person_id=person.id,
        kind=person.kind,
        unit_id=person.comes_with,
        patrol_id=person.patrol_id,
        passengers_there=there,
        passengers_back=back,
    )
