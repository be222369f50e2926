"""Short words for what the tests of this room do over and over."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.families.models import Guardian, Person, PersonKind
from app.identity.models import User
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState, Signup
from tests.factories import keep, make_person, together

CHICAGO = "America/Chicago"


def moment(text: str) -> datetime:
    """``2026-12-05 15:00``, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def take_part(outing: Outing, user: User | None, *people: Person, place: int | None = None) -> list[Participant]:
    """A party that is in, or that waits at ``place``."""
    signup = keep(Signup(outing_id=outing.id, user_id=user.id if user else None, by_leader=user is None))
    return [
        keep(
            Participant(
                signup_id=signup.id,
                outing_id=outing.id,
                person_id=person.id,
                kind=person.kind,
                state=ParticipantState.WAITING if place else ParticipantState.CONFIRMED,
                queue_no=place,
                confirmed_at=None if place else now(),
            )
        )
        for person in people
    ]


def children_of(user: User) -> list[Person]:
    """The people that the account is guardian of, in the order in which they were made."""
    return list(
        db.session.scalars(select(Person).join(Guardian).where(Guardian.user_id == user.id).order_by(Person.id))
    )


def strangers(outing: Outing, number: int) -> None:
    """That many youth who are in, each in a party of its own."""
    with together():
        for count in range(number):
            take_part(outing, None, make_person(f"Youth {count}", "Stranger", kind=PersonKind.YOUTH))


def typed(host_id: uuid.UUID, **values: Any) -> dict[str, Any]:
    """What a leader types into the form for a weekend."""
    start = (now() + timedelta(days=20)).date()
    return {
        "title": "Winter camp",
        "unit_id": str(host_id),
        "starts_at": start.isoformat(),
        "starts_at_time": "9:00",
        "ends_at": (start + timedelta(days=1)).isoformat(),
        "ends_at_time": "11:30",
        "state": "published",
        "waiting_rule": "whoever_fits",
        "key": str(uuid.uuid4()),
    } | values


def shown(page: Any) -> str:
    """The page's text with its blanks folded, so that a sentence is found across lines of the template."""
    return " ".join(page.text.split())
