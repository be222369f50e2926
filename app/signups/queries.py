"""What pages read of sign-ups, each in a fixed number of statements."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Case, ColumnElement, Select, Uuid, and_, any_, bindparam, case, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload

from app.driver import read
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.health.states import ANSWERED_AT, Answered
from app.families.models import Guardian, Person, PersonKind, age_on, kind_on
from app.families.queries import MOST_PEOPLE, family_ids
from app.members.models import Membership
from app.outings.models import Outing, OutingUnit
from app.outings.plain import AnyOuting
from app.reading import Reading
from app.signups.consent import is_unasked
from app.signups.eligibility import Relative
from app.signups.models import Consent, Participant, ParticipantState, Signup, Submission
from app.units.models import Patrol, Unit


def relatives_of(user_id: uuid.UUID, outing: AnyOuting) -> list[Relative]:
    """The family, with what decides who may come; children first, the youngest first. One statement."""
    return relatives_in(user_id, RELATIVES.rows({"account": user_id, "outing": outing.id}))


def relatives_in(user_id: uuid.UUID, rows: Iterable[Sequence[Any]]) -> list[Relative]:
    """The same, of rows that are read."""
    found: dict[uuid.UUID, Relative] = {}
    for row in rows:
        starts_at, zone, person_id, account_id, first, preferred, last, birth_date, said, *rights, answered_at = row[
            :13
        ]
        day = starts_at.astimezone(ZoneInfo(zone)).date()
        is_self = account_id == user_id
        may_sign_up, may_consent, sees_health = (is_self or right for right in rights)
        unit_id, registered, patrol_id, patrol, version = row[13:]
        relative = Relative(
            id=person_id,
            name=f"{preferred or first} {last}",
            first_name=preferred or first,
            kind=kind_on(said, birth_date, day),
            age=age_on(birth_date, day) if birth_date else None,
            is_self=is_self,
            may_sign_up=may_sign_up,
            may_consent=may_consent,
            comes_with=unit_id,
            registered=bool(registered),
            patrol_id=patrol_id,
            patrol_name=patrol,
            health=Answered(answered_at) if sees_health else None,
            outing_version=version,
        )
        found.setdefault(person_id, relative)
    return sorted(found.values(), key=lambda relative: relative.kind == PersonKind.ADULT)


def relatives_statement(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The family with its memberships in units that the outing is open to, if the outing meets the ``conditions``."""
    mine = aliased(Guardian)
    further = select(OutingUnit.unit_id).where(OutingUnit.outing_id == OUTING)
    answered = select(ANSWERED_AT).where(HealthNote.person_id == Person.id).correlate(Person).scalar_subquery()
    opens_the_door = and_(
        Membership.person_id == Person.id,
        Membership.until.is_(None),
        or_(Membership.unit_id == Outing.unit_id, Membership.unit_id.in_(further)),
    )
    return (
        select(
            Outing.starts_at,
            Unit.time_zone,
            Person.id,
            Person.user_id,
            Person.first_name,
            Person.preferred_name,
            Person.last_name,
            Person.birth_date,
            Person.kind,
            mine.may_sign_up,
            mine.may_consent,
            mine.may_see_health,
            answered,
            Membership.unit_id,
            Membership.registered,
            Membership.patrol_id,
            Patrol.name,
            Outing.version,
        )
        .select_from(Outing)
        .join(Unit, Unit.id == Outing.unit_id)
        .join(Person, Person.id.in_(family_ids(ACCOUNT)))
        .outerjoin(mine, and_(mine.person_id == Person.id, mine.user_id == ACCOUNT))
        .outerjoin(Membership, opens_the_door)
        .outerjoin(Patrol, Patrol.id == Membership.patrol_id)
        .where(Outing.id == OUTING, *conditions)
        # Of two memberships the host's decides.
        .order_by(
            Person.birth_date.desc().nulls_last(), Person.first_name, Person.id, Membership.unit_id != Outing.unit_id
        )
        .limit(MOST_PEOPLE)
    )


def last_company(user_id: uuid.UUID, other_than: uuid.UUID) -> set[uuid.UUID]:
    """Whom this account signed up the last time, to tick them again."""
    latest = (
        select(Signup.id)
        .where(Signup.user_id == user_id, ~Signup.by_leader, Signup.outing_id != other_than)
        .order_by(Signup.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return set(db.session.scalars(select(Participant.person_id).where(Participant.signup_id == latest)))


def live_participants(outing_id: uuid.UUID, person_ids: Collection[uuid.UUID]) -> list[Participant]:
    """Those of these people who have a seat or wait, in whosever party they stand."""
    return list(db.session.scalars(LIVE, {"outing": outing_id, "people": list(person_ids)}))


class Standing(NamedTuple):
    """How an account stands with an outing, and how full that is."""

    # Its own party, whether that stays together, and the last permission given for it.
    signup_id: uuid.UUID | None
    together: bool | None
    agreed: dict[str, Any] | None
    agreed_at: datetime | None
    # The earlier arrival of a form.
    digest: str | None
    result: dict[str, Any] | None
    # What is taken: seats, and places in cars on each way.
    youth: int
    adults: int
    there: int
    back: int
    # How many people wait, and the number of the last of them.
    waiting: int
    last_number: int
    # Whether anybody of the family is on the outing at all, by whosever party.
    anybody_on_it: bool
    # How many people the account is guardian of now, beside oneself, and how many of them it may sign up and give permission for.
    tied: int
    signs: int
    permits: int

    def is_unasked(self, row: Participant) -> bool:
        """Whether this is a child whom a leader has put on the list since the account gave permission last, if ever."""
        return row.kind == PersonKind.YOUTH and is_unasked(row.signup.by_leader, row.created_at, self.agreed_at)


def standing_of(
    user_id: uuid.UUID, outing_id: uuid.UUID, people: Collection[uuid.UUID], key: uuid.UUID | None = None
) -> Standing:
    """All of it in one statement; ``people`` is the family, ``key`` that of a form."""
    (row,) = STANDING.rows({"outing": outing_id, "account": user_id, "key": key, "people": list(people)})
    return Standing(*row)


def standing_statement(*columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    """One row, if there is such an outing; ``columns`` of it and of its unit come first."""
    given = aliased(Consent)
    latest = select(given.id).where(given.signup_id == Signup.id).order_by(given.given_at.desc()).limit(1)
    taken, ties = taken_statement().lateral(), ties_statement().subquery()
    own = Signup.id, Signup.together, Consent.terms, Consent.given_at, Submission.digest, Submission.result
    return (
        select(*columns, *own, *taken.c, *ties.c)
        .select_from(Outing)
        .join(Unit, Unit.id == Outing.unit_id)
        .join(taken, true())
        .join(ties, true())
        .outerjoin(Signup, and_(Signup.outing_id == OUTING, Signup.user_id == ACCOUNT, ~Signup.by_leader))
        .outerjoin(Consent, Consent.id == latest.correlate(Signup).scalar_subquery())
        .outerjoin(
            Submission,
            and_(
                Submission.outing_id == OUTING,
                Submission.user_id == ACCOUNT,
                Submission.key == bindparam("key", type_=Uuid()),
            ),
        )
        .where(Outing.id == OUTING)
    )


def taken_statement() -> Select[*tuple[Any, ...]]:
    """One row about everybody who is on the outing of a statement around this one."""
    confirmed, waiting = (
        Participant.state == state for state in (ParticipantState.CONFIRMED, ParticipantState.WAITING)
    )
    loads = (car_load(way).label(way.key) for way in (Participant.passengers_there, Participant.passengers_back))
    return (
        select(
            func.count().filter(confirmed, Participant.kind == PersonKind.YOUTH).label("youth"),
            func.count().filter(confirmed, Participant.kind == PersonKind.ADULT).label("adults"),
            *(func.coalesce(func.sum(load).filter(confirmed), 0).label(load.key) for load in loads),
            func.count().filter(waiting).label("waiting"),
            func.coalesce(func.max(Participant.queue_no), 0).label("last_number"),
            func.coalesce(func.bool_or(Participant.person_id == any_(PEOPLE)), False).label("anybody_on_it"),
        )
        .where(Participant.outing_id == Outing.id, Participant.state != ParticipantState.CANCELLED)
        .correlate(Outing)
    )


def ties_statement() -> Select[int, int, int]:
    """One row about the family of an account."""
    return (
        select(
            func.count().label("tied"),
            func.count().filter(Guardian.may_sign_up).label("signs"),
            func.count().filter(Guardian.may_consent).label("permits"),
        )
        .select_from(Guardian)
        .join(Person, Person.id == Guardian.person_id)
        .where(
            Guardian.user_id == ACCOUNT, Guardian.person_id == any_(PEOPLE), Person.user_id.is_distinct_from(ACCOUNT)
        )
    )


def car_load(passengers: InstrumentedAttribute[int | None]) -> Case[int]:
    """One person's load on the cars, in SQL; the same as ``Load.of``."""
    return case((passengers.is_(None), 1), else_=-passengers)


# Built once: putting a statement together costs as much as running it, and everybody waits for whoever holds the lock.
ACCOUNT: uuid.UUID = bindparam("account", type_=Uuid())  # type: ignore[assignment]
OUTING = bindparam("outing", type_=Uuid())
PEOPLE = bindparam("people", type_=ARRAY(Uuid()))
LIVE = read(
    select(Participant)
    .where(
        Participant.outing_id == OUTING,
        Participant.person_id == any_(PEOPLE),
        Participant.state != ParticipantState.CANCELLED,
    )
    .options(joinedload(Participant.signup, innerjoin=True))
)
RELATIVES = Reading(relatives_statement())
STANDING = Reading(standing_statement())
