"""Two people who are one. Outings are locked first, then the unit, then both people; then everything that points to the second points to the first."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app.audit.rules import assign, record
from app.clock import now, today
from app.duplicates.access import Pair, pair_for
from app.duplicates.fields import PLACE_FIELDS, decided, shown_fields, unasked
from app.duplicates.models import DistinctPeople, PersonMerge
from app.duplicates.rules.moving import move_rows
from app.duplicates.rules.places import live_places, move_places
from app.duplicates.rules.rows import difference, rows_of
from app.duplicates.rules.seats import lock_outings, lock_unit, move_seats, refuse_new
from app.errors import Conflict, RuleBroken
from app.extensions import db, new_id
from app.families.models import ADULT_FROM, Person, PersonKind, age_on
from app.identity import vault
from app.identity.models import User
from app.members.following import follow
from app.signups.models import Participant
from app.signups.rules.ages import correct_ages
from app.units.models import Unit

TWO_ACCOUNTS = "Both have an account. Which of the two stays is for a person to decide who owns it: delete the other account first."
A_CHILDS = "Only adults have an account, and this birth date is a child's. Whoever looks after a child is its guardian."
CHANGED = "One of the two was changed since you looked. Look again, then merge."


@dataclass(frozen=True)
class Merged:
    """What was done, and who moved up on an outing because of it."""

    merge: PersonMerge
    moved_up: list[Participant]


def fingerprint(pair: Pair) -> str:
    """What somebody has looked at, and nothing else: whoever tries all phones would find a child's."""
    columns = [column for field in shown_fields(pair.kept, pair.gone) for column in field.columns]
    values = [getattr(person, column) for person in (pair.kept, pair.gone) for column in columns]
    for person in (pair.kept, pair.gone):
        values += [
            (unit_id, *(getattr(place, field.key) for field in PLACE_FIELDS))
            for unit_id, place in sorted(live_places(person.id).items())
        ]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def why_not(pair: Pair) -> str | None:
    """What stands against it, in a sentence."""
    if pair.kept.user_id and pair.gone.user_id:
        return TWO_ACCOUNTS
    return None


def merge(
    actor: User, unit: Unit, kept_id: uuid.UUID, gone_id: uuid.UUID, said: Mapping[str, str], seen: str
) -> Merged:
    """Make one of two: ``said`` names the fields whose value of the second stays (``fields.GONE``).

    Raises:
        NotFound: the actor does not administer every unit that either of them lives in. RuleBroken: both have an account, or a child would.
        Conflict: one of them was changed since ``seen``, or signed up at this moment. Unreadable: a health key is missing.
    """
    people = (kept_id, gone_id)
    outings = lock_outings(people)
    lock_unit(unit)
    locked = select(Person).where(Person.id.in_(people)).order_by(Person.id).with_for_update()
    db.session.scalars(locked, execution_options={"populate_existing": True}).all()
    pair = pair_for(actor, unit, kept_id, gone_id)
    refuse_new(people, outings)
    if refusal := why_not(pair):
        raise RuleBroken(refusal)
    if fingerprint(pair) != seen:
        raise Conflict(CHANGED)
    before = rows_of(people)
    values = values_for(pair, said, unit)
    refuse_childs_account(pair, values, unit)
    places = places_for(pair, said)
    names = {"name": (pair.gone.full_name, None), "merged into": (None, pair.kept.full_name)}
    record(actor, "merged", pair.gone, changes=names, unit_id=unit.id)
    version = pair.gone.version
    try:
        moved_up = move_seats(actor, kept_id, gone_id, outings)
        move_places(kept_id, gone_id, places)
        move_rows(kept_id, gone_id)
        db.session.execute(delete(Person).where(Person.id == gone_id))
        db.session.expire_all()
        kept = db.session.get_one(Person, kept_id)
        changes = assign(kept, values)
        # An edit of either row that began before the merge must notice it.
        kept.version = max(kept.version, version) + 1
        db.session.flush()
    except IntegrityError as collision:
        raise Conflict(CHANGED) from collision
    moved_up += correct_ages(outings.values(), [kept_id], actor)
    follow([kept_id])
    # What an admin neither saw nor chose is not named in the unit's log.
    told = {name: pair for name, pair in changes.items() if name in told_columns(kept)}
    record(actor, "merged with another row", kept, changes=told, unit_id=unit.id)
    made = PersonMerge(id=new_id(), unit_id=unit.id, kept_id=kept_id, gone_id=gone_id, by_id=actor.id, at=now())
    made.sealed = vault.seal(difference(before, rows_of(people), kept_id, gone_id).to_json())
    db.session.add(made)
    db.session.flush()
    return Merged(made, moved_up)


def values_for(pair: Pair, said: Mapping[str, str], unit: Unit) -> dict[str, Any]:
    """The columns that the one who is kept gets."""
    kept, gone = pair.kept, pair.gone
    values = unasked(kept, gone) | decided(shown_fields(kept, gone), kept, gone, said)
    if gone.user_id:
        values["user_id"] = gone.user_id
    born = values.get("birth_date", kept.birth_date)
    if kept.user_id or gone.user_id:
        values["kind"] = PersonKind.ADULT.value
    elif born:
        values["kind"] = Person(birth_date=born, kind=kept.kind).kind_on(today(unit.time_zone)).value
    return values


def refuse_childs_account(pair: Pair, values: Mapping[str, Any], unit: Unit) -> None:
    """An account that became a child's own would read and do everything for it, whatever an admin has taken from that guardian.

    Raises:
        RuleBroken: one of the two has an account, and the birth date that stays is a child's.
    """
    born = values.get("birth_date", pair.kept.birth_date)
    if born and (pair.kept.user_id or pair.gone.user_id) and age_on(born, today(unit.time_zone)) < ADULT_FROM:
        raise RuleBroken(A_CHILDS)


def told_columns(kept: Person) -> set[str]:
    """Columns whose values the log of the unit may show."""
    return {column for field in shown_fields(kept, kept) for column in field.columns}


def places_for(pair: Pair, said: Mapping[str, str]) -> dict[uuid.UUID, dict[str, Any]]:
    """By unit in which both are members, what the place that stays gets."""
    here, there = live_places(pair.kept.id), live_places(pair.gone.id)
    return {
        unit_id: decided(iter(PLACE_FIELDS), here[unit_id], there[unit_id], said, f"{unit_id}.")
        for unit_id in here.keys() & there.keys()
    }


def keep_apart(actor: User, unit: Unit, one_id: uuid.UUID, other_id: uuid.UUID) -> None:
    """Somebody has looked: these are two people. They are not offered again.

    Raises:
        NotFound: as ``merge``.
    """
    pair = pair_for(actor, unit, one_id, other_id)
    first, second = sorted((one_id, other_id))
    if db.session.get(DistinctPeople, (first, second)) is None:
        db.session.add(DistinctPeople(person_id=first, other_id=second, by_id=actor.id))
        record(actor, "found not to be the same as somebody else", pair.kept, unit_id=unit.id)
        db.session.flush()
