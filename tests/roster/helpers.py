"""Short words for what the tests of this room do over and over."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from app.clock import now
from app.extensions import db, new_id
from app.families.models import Person
from app.members.following import follow
from app.members.models import Membership
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState, Signup
from app.units.models import Unit
from tests.factories import born, keep, make_person

HTMX = {"HX-Request": "true"}
MANY = 100  # rows, without whose statistics PostgreSQL would go through them as through a handful


def put_on(
    outing: Outing,
    person: Person,
    state: str = "confirmed",
    *,
    number: int | None = None,
    signup: Signup | None = None,
    **values: Any,
) -> Participant:
    """A participant in a party of its own, or in ``signup``'s; ``number`` is the place in line."""
    signup = signup or keep(Signup(id=new_id(), outing_id=outing.id, by_leader=False, together=True))
    values = {
        "kind": person.kind,
        "unit_id": outing.unit_id,
        "queue_no": (number or 1) if state == ParticipantState.WAITING else None,
        "confirmed_at": now() if state == ParticipantState.CONFIRMED else None,
        "cancelled_at": now() if state == ParticipantState.CANCELLED else None,
    } | values
    return keep(Participant(signup_id=signup.id, outing_id=outing.id, person_id=person.id, state=state, **values))


def youth(unit: Unit, name: str, **values: Any) -> Person:
    """A member of the unit by first and last name."""
    first, _, last = name.partition(" ")
    return make_person(first, last or "Okafor", unit=unit, **values)


def many(outing: Outing, unit: Unit, number: int) -> None:
    """A roster of ``number`` people, every tenth of whom waits."""
    ids, at_once = [new_id() for _ in range(number)], now()
    scout = {"last_name": "Patel", "kind": "youth", "birth_date": born(12), "gender": "female"}
    place = {"outing_id": outing.id, "unit_id": unit.id, "kind": "youth"}
    taken = {"state": "confirmed", "confirmed_at": at_once, "created_at": at_once - timedelta(days=1), "queue_no": None}
    waiting = {"state": "waiting", "confirmed_at": None, "created_at": at_once}
    every: dict[Any, list[dict[str, Any]]] = {
        Person: [scout | {"id": id, "first_name": f"Scout{at:03}"} for at, id in enumerate(ids)],
        Membership: [{"id": id, "person_id": id, "unit_id": unit.id} for id in ids],
        Signup: [{"id": id, "outing_id": outing.id, "by_leader": False, "together": True} for id in ids],
        Participant: [
            place
            | (waiting | {"queue_no": at} if at % 10 == 9 else taken)
            | {"id": id, "signup_id": id, "person_id": id}
            for at, id in enumerate(ids)
        ],
    }
    for model, rows in every.items():
        db.session.execute(insert(model), rows)
    follow(ids)
    if number > MANY:
        db.session.execute(db.text(f"ANALYZE {', '.join(model.__tablename__ for model in every)}"))


def url(outing: Outing, row: Participant | None = None, end: str = "") -> str:
    """The address of the roster, or of one of its rows."""
    return f"/outings/{outing.id}/roster" + (f"/{row.id}" if row else "") + end


def toast_of(response: TestResponse) -> dict[str, Any]:
    """What htmx is told to show."""
    return json.loads(response.headers["HX-Trigger"])["toast"]


def text_of(response: TestResponse) -> str:
    """What is to be read in an answer, without tags, blanks made one."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def order(response: TestResponse) -> list[str]:
    """The names of the rows, from top to bottom."""
    return re.findall(
        r'<tr id="row-[^>]*><th scope="row">(?:<a [^>]*>)?<b>([^<]+)</b>', response.get_data(as_text=True)
    )


def state_of(row: Participant) -> str:
    """As it stands in the database."""
    return db.session.scalar(select(Participant.state).where(Participant.id == row.id)) or pytest.fail(
        "the row is gone"
    )


def edit(client: FlaskClient, outing: Outing, row: Participant, **fields: Any) -> TestResponse:
    """Save a row by htmx, with the version that it has now unless another is given."""
    fields = {"version": row.version, "state": row.state} | fields
    return client.post(url(outing, row), data=fields, headers=HTMX)
