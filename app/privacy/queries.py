"""What becomes of an account's people and of what it does here, if it leaves. The page shows it, and the rule does it."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Date, and_, case, cast, exists, or_, select
from sqlalchemy.orm import aliased

from app.clock import now
from app.extensions import db
from app.families.guardians import may_everything
from app.families.models import Guardian, Person
from app.families.queries import MOST_PEOPLE, family_ids
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing, OutingState
from app.policies.retention import BY_PRESET, LONGEST_RECORD
from app.signups.models import Participant, ParticipantState
from app.units.models import HOLDS, Role, RoleName, Unit

MOST_ADMINS = 20  # of one unit, who are written to
GRACE_DAYS = 7  # between asking to leave and leaving; there is a way back until then
MOST_FORGOTTEN = 1000  # people in one run


class Fate(StrEnum):
    """What becomes of a person."""

    STAYS = "stays"  # somebody else looks after them, or they have an account of their own
    ROSTER = "roster"  # a unit has them on its roster
    NAMELESS = "nameless"  # was on an outing not long ago: the fact stays, without who
    GOES = "goes"


@dataclass(frozen=True)
class Leaving:
    """One person of the family."""

    id: uuid.UUID
    name: str
    is_self: bool
    fate: Fate
    # Nobody is left who may do everything for this child.
    is_alone: bool


@dataclass(frozen=True)
class Place:
    """A seat, or a place in line, on an outing that is still to come."""

    outing_id: uuid.UUID
    outing: str
    starts_at: datetime
    person_id: uuid.UUID
    person: str


def family_leaving(user: User) -> list[Leaving]:
    """Everybody of the family, oneself first. One statement."""
    other = aliased(Guardian)
    others = (other.person_id == Person.id, other.user_id != user.id)
    has_account = and_(Person.user_id.is_not(None), Person.user_id != user.id)
    rows = db.session.execute(
        select(
            Person,
            or_(exists().where(*others), has_account),
            or_(exists().where(*others, *may_everything(other)), has_account),
            exists().where(Membership.person_id == Person.id, Membership.until.is_(None)),
            on_record(),
        )
        .where(Person.id.in_(family_ids(user.id)))
        .order_by(Person.first_name, Person.id)
        .limit(MOST_PEOPLE)
    )
    found = []
    for person, has_other, has_full, is_member, was_there in rows:
        fate = Fate.STAYS if has_other else Fate.ROSTER if is_member else Fate.NAMELESS if was_there else Fate.GOES
        is_self = person.user_id == user.id
        found.append(Leaving(person.id, person.full_name, is_self, fate, not has_full and not is_self))
    return sorted(found, key=lambda leaving: not leaving.is_self)


def kept_since() -> ColumnElement[datetime]:
    """From when on a record of the unit at hand is kept, by the preset whose rules hold there."""
    return case(
        {name: now() - timedelta(days=preset.record_days) for name, preset in BY_PRESET.items()},
        value=Unit.policy_preset,
    )


def on_record() -> ColumnElement[bool]:
    """Whether a person was on an outing of which the record is still kept, or is on one to come."""
    place = (Participant.person_id == Person.id, Outing.id == Participant.outing_id, Unit.id == Outing.unit_id)
    return exists().where(*place, Outing.ends_at > kept_since()).correlate(Person)


def outgrown() -> ColumnElement[bool]:
    """Whether nothing is to be known of a person any longer: nobody looks after them here, no unit has them on its roster or had until
    not long ago, and every record of theirs has had its time.
    """
    lasts = or_(Membership.until.is_(None), Membership.until > cast(kept_since(), Date))
    return and_(
        Person.user_id.is_(None),
        Person.created_at < now() - timedelta(days=LONGEST_RECORD),
        ~exists().where(Guardian.person_id == Person.id).correlate(Person),
        ~exists().where(Membership.person_id == Person.id, Unit.id == Membership.unit_id, lasts).correlate(Person),
        ~on_record(),
    )


def outgrown_people() -> list[uuid.UUID]:
    """Some of them, the oldest first."""
    return list(db.session.scalars(select(Person.id).where(outgrown()).order_by(Person.id).limit(MOST_FORGOTTEN)))


def coming_places(people: list[uuid.UUID]) -> list[Place]:
    """Where these people come or wait on outings that have not begun, by outing. One statement."""
    rows = db.session.execute(
        select(Outing.id, Outing.title, Outing.starts_at, Person)
        .join(Participant, Participant.outing_id == Outing.id)
        .join(Person, Person.id == Participant.person_id)
        .where(
            Participant.person_id.in_(people),
            Participant.state != ParticipantState.CANCELLED,
            Outing.state == OutingState.PUBLISHED,
            Outing.starts_at > now(),
        )
        .order_by(Outing.id, Person.id)
    )
    return [Place(id, title, starts_at, person.id, person.full_name) for id, title, starts_at, person in rows]


def obstacles(user: User) -> list[str]:
    """What must be done before the account can go, in sentences. Two statements."""
    found = []
    # Whoever is kept out, or is leaving too, keeps nothing.
    someone = (User.id != user.id, User.suspended_at.is_(None), User.leaves_at.is_(None))
    if user.is_site_admin and not db.session.scalar(select(exists().where(User.is_site_admin, *someone))):
        found.append("You are the only site admin. Make somebody else site admin first, under Site.")
    mine, other = aliased(Role), aliased(Role)
    lasting = exists().where(
        other.unit_id == mine.unit_id,
        other.name == RoleName.ADMIN,
        other.until.is_(None),
        User.id == other.user_id,
        *someone,
    )
    alone = (
        select(Unit.name)
        .join(mine, mine.unit_id == Unit.id)
        .where(mine.user_id == user.id, mine.name == RoleName.ADMIN, mine.until.is_(None), ~lasting)
        .order_by(Unit.name)
    )
    found += [
        f"You are the only admin of {name}. Make somebody else admin first, on its page of roles."
        for name in db.session.scalars(alone)
    ]
    return found


def units_of(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The units on whose rosters these people stand, by person."""
    rows = db.session.execute(
        select(Membership.person_id, Membership.unit_id)
        .where(Membership.person_id.in_(person_ids), Membership.until.is_(None))
        .order_by(Membership.unit_id)
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for person_id, unit_id in rows:
        found.setdefault(person_id, []).append(unit_id)
    return found


def admins_of(unit_id: uuid.UUID, other_than: uuid.UUID) -> list[uuid.UUID]:
    """Those who keep a unit."""
    wanted = select(User.id).join(Role, Role.user_id == User.id)
    wanted = wanted.where(Role.unit_id == unit_id, Role.name == RoleName.ADMIN, HOLDS)
    wanted = wanted.where(User.suspended_at.is_(None), User.email_proved, User.id != other_than)
    return list(db.session.scalars(wanted.order_by(User.email).limit(MOST_ADMINS)))


def due() -> list[uuid.UUID]:
    """Accounts whose day has come, those that wait longest first."""
    wanted = select(User.id).where(User.leaves_at <= now()).order_by(User.leaves_at, User.id).limit(1000)
    return list(db.session.scalars(wanted))
