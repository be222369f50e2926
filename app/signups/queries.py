"""What pages read of sign-ups, each in a fixed number of statements."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Uuid, and_, any_, bindparam, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.driver import read
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.health.states import ANSWERED_AT, Answered
from app.families.models import Guardian, Person, PersonKind, age_on
from app.families.queries import MOST_PEOPLE, family_ids
from app.members.models import Membership
from app.outings.models import Outing, OutingUnit
from app.signups.eligibility import Relative
from app.signups.models import Consent, Participant, ParticipantState, Signup, Submission
from app.units.models import Patrol


def relatives_of(user_id: uuid.UUID, outing: Outing) -> list[Relative]:
    """The family, with what decides who may come; children first, the youngest first. One statement."""
    rows = db.session.execute(RELATIVES, {"account": user_id, "outing": outing.id, "host": outing.unit_id})
    day = outing.starts_at.astimezone(outing.zone).date()
    found: dict[uuid.UUID, Relative] = {}
    for person, may_sign_up, may_consent, sees_health, answered_at, unit_id, registered, patrol_id, patrol in rows:
        is_self = person.user_id == user_id
        relative = Relative(
            id=person.id,
            name=person.full_name,
            first_name=person.preferred_name or person.first_name,
            kind=person.kind_on(day),
            age=age_on(person.birth_date, day) if person.birth_date else None,
            is_self=is_self,
            may_sign_up=is_self or may_sign_up,
            may_consent=is_self or may_consent,
            comes_with=unit_id,
            registered=bool(registered),
            patrol_id=patrol_id,
            patrol_name=patrol,
            health=Answered(answered_at) if is_self or sees_health else None,
        )
        found.setdefault(person.id, relative)
    return sorted(found.values(), key=lambda relative: relative.kind == PersonKind.ADULT)


def relatives_statement() -> Select[*tuple[Any, ...]]:
    """The family with its memberships in units that the outing is open to."""
    account: uuid.UUID = bindparam("account", type_=Uuid())  # type: ignore[assignment]
    host = bindparam("host", type_=Uuid())
    mine = aliased(Guardian)
    further = select(OutingUnit.unit_id).where(OutingUnit.outing_id == bindparam("outing", type_=Uuid()))
    answered = select(ANSWERED_AT).where(HealthNote.person_id == Person.id).correlate(Person).scalar_subquery()
    opens_the_door = and_(
        Membership.person_id == Person.id,
        Membership.until.is_(None),
        or_(Membership.unit_id == host, Membership.unit_id.in_(further)),
    )
    return (
        select(
            Person,
            mine.may_sign_up,
            mine.may_consent,
            mine.may_see_health,
            answered,
            Membership.unit_id,
            Membership.registered,
            Membership.patrol_id,
            Patrol.name,
        )
        .outerjoin(mine, and_(mine.person_id == Person.id, mine.user_id == account))
        .outerjoin(Membership, opens_the_door)
        .outerjoin(Patrol, Patrol.id == Membership.patrol_id)
        .where(Person.id.in_(family_ids(account)))
        # Of two memberships the host's decides.
        .order_by(Person.birth_date.desc().nulls_last(), Person.first_name, Person.id, Membership.unit_id != host)
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


@dataclass(frozen=True)
class Standing:
    """An account's own party on an outing, the last permission given for it, a form's earlier arrival, and whether
    anybody of the family is on the outing at all, by whosever party."""

    signup: Signup | None
    consent: Consent | None
    submission: Submission | None
    anybody_on_it: bool


def standing_of(
    user_id: uuid.UUID, outing_id: uuid.UUID, people: Collection[uuid.UUID], key: uuid.UUID | None = None
) -> Standing:
    """All four in one statement; ``people`` is the family, ``key`` that of a form."""
    asked = {"outing": outing_id, "account": user_id, "key": key, "people": list(people)}
    return Standing(*db.session.execute(STANDING, asked).one())


def standing_statement() -> Select[Signup, Consent, Submission, bool]:
    """One row, whatever is there."""
    outing, account = bindparam("outing", type_=Uuid()), bindparam("account", type_=Uuid())
    nothing = select(literal(1).label("one")).subquery()
    given = aliased(Consent)
    latest = select(given.id).where(given.signup_id == Signup.id).order_by(given.given_at.desc()).limit(1)
    return (
        select(Signup, Consent, Submission, exists().where(*ON_IT))
        .select_from(nothing)
        .outerjoin(Signup, and_(Signup.outing_id == outing, Signup.user_id == account, ~Signup.by_leader))
        .outerjoin(Consent, Consent.id == latest.correlate(Signup).scalar_subquery())
        .outerjoin(
            Submission,
            and_(
                Submission.outing_id == outing,
                Submission.user_id == account,
                Submission.key == bindparam("key", type_=Uuid()),
            ),
        )
    )


# Built once, as the statements of rules/book.py are and for the same reason.
ON_IT = (
    Participant.outing_id == bindparam("outing", type_=Uuid()),
    Participant.person_id == any_(bindparam("people", type_=ARRAY(Uuid()))),
    Participant.state != ParticipantState.CANCELLED,
)
LIVE = read(select(Participant).where(*ON_IT))
STANDING = read(standing_statement())
RELATIVES = read(relatives_statement())
