"""Who may come to an outing, and why not: pure functions over plain data."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.families.health.states import Answered
from app.families.models import PersonKind
from app.outings.models import OutingState
from app.outings.plain import AnyOuting
from app.units.models import UnitKind
from app.web.formats import moment


@dataclass(frozen=True)
class Relative:
    """One person of a family, as sign-up needs to know them."""

    id: uuid.UUID
    name: str
    first_name: str
    kind: PersonKind
    age: int | None
    is_self: bool
    may_sign_up: bool
    may_consent: bool
    # The live membership with which the person may come: in the host unit, or in one that the outing is open to.
    comes_with: uuid.UUID | None = None
    registered: bool = False
    patrol_id: uuid.UUID | None = None
    patrol_name: str | None = None
    # When a guardian last said that the health notes are right; None where they are not this account's to see.
    health: Answered | None = None
    # The version of the outing that all this was read for: another day, or other units, may say otherwise.
    outing_version: int = 0


def why_not(person: Relative, family: Sequence[Relative], outing: AnyOuting) -> str | None:
    """Why this person may not come, in a sentence; None when nothing stands against it.

    Young people come with a unit that the outing is open to. An adult comes as a registered member; or for the day
    with a child of the family who may come; overnight only with an own child in a Cub pack. (domain.md, "overnight adults":
    every adult staying overnight is registered, Scouting America since 2023-09-01)
    """
    if not person.may_sign_up:
        return f"Another guardian of {person.first_name} does the signing up."
    member = person.comes_with is not None
    if person.kind == PersonKind.YOUTH:
        return None if member else f"{outing.title} is for members of {outing.unit.name}."
    if member and person.registered:
        return None
    with_child = any(other.kind == PersonKind.YOUTH and other.comes_with for other in family)
    if not member and not with_child:
        return f"{outing.title} is for members of {outing.unit.name} and their parents."
    asks_registration = outing.unit.policy_preset == "scouting_america"
    if outing.nights > 0 and asks_registration and not (outing.unit.kind == UnitKind.PACK and with_child):
        return "Adults who stay overnight must be registered with the unit. Ask a leader how."
    return None


def closed_to_newcomers(outing: AnyOuting, moment_now: datetime) -> str | None:
    """Why nobody can be signed up now, in a sentence; None when it is open."""
    if outing.state == OutingState.CANCELLED:
        return "This outing is cancelled."
    if outing.state == OutingState.DRAFT:
        return "This outing is not published yet."
    if outing.state == OutingState.DONE or outing.starts_at <= moment_now:
        return "This outing has started; a leader can still add people."
    if outing.opens_at and outing.opens_at > moment_now:
        return f"Sign-up opens {moment(outing.opens_at, outing.zone)}."
    if outing.closes_at and outing.closes_at <= moment_now:
        return f"Sign-up closed {moment(outing.closes_at, outing.zone)}. A leader can still add people."
    return None


def closed_to_cancelling(outing: AnyOuting, moment_now: datetime) -> str | None:
    """Why a family can no longer give a seat back by itself; None while it can."""
    if outing.state == OutingState.CANCELLED:
        return "This outing is cancelled."
    if outing.starts_at <= moment_now:
        return "This outing has started. Tell a leader."
    if outing.cancel_by and outing.cancel_by <= moment_now:
        return f"The time to cancel by, {moment(outing.cancel_by, outing.zone)}, has passed. Tell a leader."
    return None
