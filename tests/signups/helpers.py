"""Short words for what the tests of this room do over and over."""

import uuid
from collections.abc import Iterable

from sqlalchemy import select

from app.extensions import db
from app.families.models import Guardian, Person
from app.families.queries import family_ids
from app.identity.models import User
from app.outings.models import Outing
from app.signups.models import Participant
from app.signups.queries import relatives_of
from app.signups.rules.family import Ride, Wish, send_party


def children_of(user: User) -> list[Person]:
    """The people that the account is guardian of, in the order in which they were made."""
    return list(
        db.session.scalars(select(Person).join(Guardian).where(Guardian.user_id == user.id).order_by(Person.id))
    )


def family_of(user: User) -> list[Person]:
    """The same and the account's own person, youngest first."""
    everybody = select(Person).where(Person.id.in_(family_ids(user.id)))
    return list(db.session.scalars(everybody.order_by(Person.birth_date.desc().nulls_last(), Person.first_name)))


def sign_up(
    user: User,
    outing: Outing,
    people: Iterable[Person],
    *,
    together: bool = True,
    key: uuid.UUID | None = None,
    seen: Iterable[Person] | None = None,
    consent: bool = True,
    drivers: dict[uuid.UUID, Ride] | None = None,
) -> dict:
    """Send the family's form."""
    wish = Wish(
        people=frozenset(person.id for person in people),
        together=together,
        submission=key or uuid.uuid4(),
        consent=consent,
        seen=None if seen is None else frozenset(person.id for person in seen),
        drivers=drivers or {},
    )
    result = send_party(user, outing.id, wish, relatives_of(user.id, outing))
    db.session.flush()
    return result


def form(people: Iterable[Person], **values: str) -> dict:
    """The same as the browser sends it."""
    defaults = {"submission": str(uuid.uuid4()), "consent": "1", "together": "1", "seen": ""}
    return {"people": [str(person.id) for person in people], **defaults, **values}


def states(outing: Outing) -> dict[str, str]:
    """First name and last name -> state, cancelled rows left out unless the person has no other."""
    rows = db.session.execute(
        select(Person.first_name, Person.last_name, Participant.state)
        .join(Participant, Participant.person_id == Person.id)
        .where(Participant.outing_id == outing.id)
        .order_by(Participant.id)
    )
    return {f"{first} {last}": state for first, last, state in rows}


def row_of(outing: Outing, person: Person) -> Participant:
    """The person's latest row."""
    return db.session.scalars(
        select(Participant)
        .where(Participant.outing_id == outing.id, Participant.person_id == person.id)
        .order_by(Participant.id.desc())
    ).first()
