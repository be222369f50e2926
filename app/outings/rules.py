"""Planning and changing outings. Every rule is checked here, before the database's constraints could be met."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from app.audit.rules import assign, record
from app.clock import now
from app.errors import Conflict, NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db
from app.identity.models import User
from app.identity.permissions import Can
from app.outings.models import Outing, OutingLead, OutingState, OutingUnit
from app.outings.plan import Plan, checked
from app.outings.queries import MOST_GUEST_UNITS, guest_unit_names, had_people, names_like, units_named
from app.outings.seatbook import Taken, seatbook
from app.outings.stage import is_long_over
from app.units.access import may
from app.units.models import Unit

# A change of these can free seats or take some away.
SEAT_FIELDS = {
    "youth_seats", "adult_seats", "total_seats", "counts_cars", "waiting_rule", "state", "starts_at", "ends_at", "overbook_reason",
}  # fmt: skip
# What guardians agree to: when one of these changes, permission is asked for again. (domain.md, "Consent")
AGREED_TO = ("starts_at", "ends_at", "place", "youth_cost", "adult_cost")


@dataclass(frozen=True)
class Edited:
    """An outing after an edit: what changed, and the names of those who moved up from the waiting list."""

    outing: Outing
    changes: dict[str, list[Any]] = field(default_factory=dict)
    moved_up: list[str] = field(default_factory=list)

    @property
    def outdates_permission(self) -> bool:
        """Whether guardians have agreed to something else for young people who have a seat."""
        if self.outing.state != OutingState.PUBLISHED or self.changes.keys().isdisjoint(AGREED_TO):
            return False
        return any(seats.youth for seats in seatbook().taken([self.outing.id]).values())


def host_unit(actor: User, unit_id: uuid.UUID | None) -> Unit:
    """The unit that ``actor`` wants to plan for.

    Raises:
        RuleBroken: none was chosen, or not one that ``actor`` leads.
    """
    unit = db.session.get(Unit, unit_id) if unit_id and may(actor, Can.PLAN_OUTINGS, unit_id) else None
    if unit is None:
        raise RuleBroken("Choose one of the units that you lead.", "unit_id")
    return unit


def plan_outing(actor: User, key: uuid.UUID, plan: Plan) -> tuple[Outing, bool]:
    """Make the outing, under ``key`` as its id; whoever plans it leads it. The second arrival of a key gives the first one's outing and False.

    Raises:
        RuleBroken: something in the plan will not do, or the key is somebody else's.
    """
    host_unit(actor, plan.unit_id)
    plan = checked(plan)
    refuse_unknown(plan.state)
    guests = guest_units(plan)
    # Two arrivals at the same moment: the second waits here for the first and then inserts nothing.
    made = db.session.scalar(
        insert(Outing)
        .values(id=key, created_by_id=actor.id, **plan.columns())
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Outing.id)
    )
    outing = db.session.get_one(Outing, key)
    if made is None:
        if outing.created_by_id != actor.id:
            raise Conflict("This form was used already. Open a new one.")
        return outing, False
    db.session.add_all(OutingUnit(outing_id=key, unit_id=unit_id) for unit_id, _ in guests)
    db.session.add(OutingLead(outing_id=key, user_id=actor.id))
    planned = {name: (None, value) for name, value in plan.columns().items() if value not in (None, "", False)}
    named = {"open_to": (None, [name for _, name in guests])} if guests else {}
    record(actor, "planned the outing", outing, changes=planned | named, unit_id=plan.unit_id, outing_id=key)
    return outing, True


def edit_outing(actor: User, outing_id: uuid.UUID, version: int, plan: Plan, kept: timedelta) -> Edited:
    """Change the outing to ``plan``, which was made from ``version``. Locks the outing until the caller commits. ``kept`` is how long after
    its end leaders read more of people than that they were there.

    Raises:
        NotFound, NotAllowed: it is gone, or ``actor`` leads neither the old nor the new host.
        Stale: somebody else saved first; holds the values that differ.
        RuleBroken: something in the plan will not do; field ``overbook_reason`` when more people have a seat than fit.
    """
    outing = lock_outing(actor, outing_id)
    plan = checked(plan)
    before = guest_unit_names(outing.id)
    guests = guest_units(plan)
    after = sorted(name for _, name in guests)
    if outing.version != version:
        theirs, yours = difference(outing, plan, before, after)
        if theirs:
            raise Stale("Somebody else saved this outing while you were editing it.", theirs, yours)
        return Edited(outing)
    refuse_for_people(actor, outing, plan, kept)
    changes = assign(outing, plan.columns())
    if before != after:
        refuse_locking_out(outing, guests)
        changes["open_to"] = [before, after]
        outing.guest_units = [OutingUnit(outing_id=outing.id, unit_id=unit_id) for unit_id, _ in guests]
    return finish(actor, outing, changes, "changed the outing")


def change_state(actor: User, outing_id: uuid.UUID, version: int, state: str) -> Edited:
    """Publish, cancel, or take it back. Cancelling keeps the people and their places in line.

    Raises:
        NotFound, NotAllowed: it is gone, or ``actor`` does not lead its unit.
        Conflict: somebody else changed the outing since ``version``.
        RuleBroken: the state is unknown, or people would lose sight of what they signed up for.
    """
    refuse_unknown(state)
    outing = lock_outing(actor, outing_id)
    if outing.state == state:
        return Edited(outing)
    if outing.version != version:
        raise Conflict("Somebody else changed this outing a moment ago.")
    refuse_state(outing, state)
    return finish(actor, outing, assign(outing, {"state": state}), f"set the outing to {state}")


def finish(actor: User, outing: Outing, changes: dict[str, list[Any]], action: str) -> Edited:
    """Count the version up, write the trail, and let the waiting list have what became free."""
    if not changes:
        return Edited(outing)
    outing.version += 1
    record(actor, action, outing, changes=changes, unit_id=outing.unit_id, outing_id=outing.id)
    # A cancelled outing keeps its people whatever its numbers say; they are looked at when it is published again.
    settles = outing.state == OutingState.PUBLISHED and SEAT_FIELDS & changes.keys()
    moved_up = seatbook().seats_changed(outing, actor) if settles else []
    return Edited(outing, changes, moved_up)


def lock_outing(actor: User, outing_id: uuid.UUID) -> Outing:
    """The outing's row, locked, as it is now and not as it was read before.

    Raises:
        NotFound: there is none. NotAllowed: ``actor`` does not lead its unit.
    """
    outing = db.session.scalar(
        select(Outing)
        .where(Outing.id == outing_id)
        .options(joinedload(Outing.unit))
        .with_for_update(of=Outing)
        .execution_options(populate_existing=True)
    )
    if outing is None:
        raise NotFound
    if not may(actor, Can.PLAN_OUTINGS, outing.unit_id):
        raise NotAllowed("Only leaders of the unit that hosts this outing may do that.")
    return outing


def guest_units(plan: Plan) -> list[tuple[uuid.UUID, str]]:
    """The further units that the plan names, by id and as they write themselves; the host is left out.

    Raises:
        RuleBroken: there is no unit of that name; says which ones sound alike.
    """
    wanted = [" ".join(name.split()) for name in plan.open_to if name.strip()]
    if len(wanted) > MOST_GUEST_UNITS:
        raise RuleBroken(f"Name at most {MOST_GUEST_UNITS} units.", "open_to")
    found = units_named(wanted)
    for name in wanted:
        if name.lower() not in found:
            raise RuleBroken(f"There is no unit called {name} here.{suggestion(name)}", "open_to")
    return sorted((unit for unit in found.values() if unit[0] != plan.unit_id), key=lambda unit: unit[1])


def suggestion(name: str) -> str:
    """``Did you mean Troop 77?``, or nothing."""
    by_lower = {known.lower(): known for known in names_like(name)}
    close = get_close_matches(name.lower(), by_lower, n=1)
    return f" Did you mean {by_lower[close[0]]}?" if close else ""


def refuse_for_people(actor: User, outing: Outing, plan: Plan, kept: timedelta) -> None:
    """What an outing with people on it can no longer do.

    Raises:
        RuleBroken: it would move to another unit, out of its families' sight, or to a later day after it was over: what leaders read
            of whoever was there would open again.
    """
    if plan.unit_id != outing.unit_id:
        host_unit(actor, plan.unit_id)
        if had_people(outing.id):
            raise RuleBroken(
                "People have signed up with this unit, so the outing can no longer move to another.", "unit_id"
            )
    if plan.state != outing.state:
        refuse_state(outing, plan.state)
    moment = now()
    if is_long_over(outing, moment, kept) and plan.ends_at + kept >= moment and had_people(outing.id):
        raise RuleBroken("This outing is over, and people were on it; plan another one.", "ends_at")


def refuse_locking_out(outing: Outing, guests: list[tuple[uuid.UUID, str]]) -> None:
    """Keep a guest unit while its families are on the outing: they would lose sight of it and could not cancel.

    Raises:
        RuleBroken: names the unit that has to stay.
    """
    staying = {unit_id for unit_id, _ in guests}
    leaving = {open_to.unit_id: open_to.unit.name for open_to in outing.guest_units if open_to.unit_id not in staying}
    for unit_id in leaving.keys() & seatbook().units_with_people(outing.id) if leaving else ():
        raise RuleBroken(f"Families of {leaving[unit_id]} have signed up, so it stays on the list.", "open_to")


def refuse_state(outing: Outing, state: str) -> None:
    """Refuse a state that is unknown, or a way back to draft under the eyes of those who signed up.

    Raises:
        RuleBroken: with the sentence to show beside ``state``.
    """
    refuse_unknown(state)
    if state == OutingState.DRAFT and has_people(seatbook().taken([outing.id]).values()):
        raise RuleBroken("Families have signed up, so it can no longer be a draft. Cancel it instead.", "state")


def refuse_unknown(state: str) -> None:
    """Only these are for people to choose.

    Raises:
        RuleBroken: with the sentence to show beside ``state``.
    """
    if state not in (OutingState.DRAFT, OutingState.PUBLISHED, OutingState.CANCELLED):
        raise RuleBroken("Choose draft, published or cancelled.", "state")


def has_people(taken: Iterable[Taken]) -> bool:
    """Whether anybody has a seat or waits."""
    return any(seats.total or seats.waiting for seats in taken)


def difference(
    outing: Outing, plan: Plan, before: list[str], after: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands there now and what the plan says, by field, where the two differ."""
    theirs = {name: getattr(outing, name) for name in plan.columns()} | {"open_to": before}
    yours = plan.columns() | {"open_to": after}
    differing = [name for name in yours if theirs[name] != yours[name]]
    return {name: theirs[name] for name in differing}, {name: yours[name] for name in differing}
