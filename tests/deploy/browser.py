"""A visitor who signs in by the form and signs the family up, as a browser without scripts does."""

import re
import uuid

from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from tests.factories import PASSWORD, make_family, make_outing, make_unit
from tests.outings.helpers import children_of


def make_family_and_outing(app: Flask) -> tuple[str, str, list[str]]:
    """An account's email, an outing's id, and the ids of the children; committed."""
    with app.app_context():
        unit = make_unit()
        family = make_family(unit)
        outing = make_outing(unit, total_seats=5)
        found = family.email, str(outing.id), [str(child.id) for child in children_of(family)]
        db.session.commit()
    return found


def signed_in(app: Flask, email: str) -> FlaskClient:
    """The real form, tokens included."""
    client = app.test_client()
    answer = client.post("/login", data={"csrf_token": token(client, "/login"), "login": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


def sign_up(client: FlaskClient, outing: str, children: list[str]) -> str:
    """What the page says afterwards."""
    address = f"/outings/{outing}/signup"
    fields = {"people": children, "submission": str(uuid.uuid4()), "consent": "1", "together": "1", "seen": ""}
    answer = client.post(address, data={"csrf_token": token(client, address), **fields})
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).text


def token(client: FlaskClient, address: str) -> str:
    """The one in the page's form."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(address).text)
    assert found, f"no form on {address}"
    return found[1]
