"""A troop with one outing, its leader, who leads the outing too, signed in."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.identity.models import User
from tests.factories import make_lead, make_leader, make_outing, make_patrol, make_unit


@pytest.fixture
def troop(db_session) -> SimpleNamespace:
    """``unit``, ``leader``, ``fox`` and ``raven``, and an ``outing`` with two places for youth."""
    unit = make_unit()
    leader, outing = make_leader(unit), make_outing(unit, youth_seats=2)
    make_lead(leader, outing)
    return SimpleNamespace(
        unit=unit, leader=leader, fox=make_patrol(unit, "Fox"), raven=make_patrol(unit, "Raven"), outing=outing
    )


@pytest.fixture
def desk(troop: SimpleNamespace, client: FlaskClient, sign_in: Callable[[FlaskClient, User], None]) -> FlaskClient:
    """The leader's browser."""
    sign_in(client, troop.leader)
    return client


@pytest.fixture
def signed_in(app: Flask, db_session, sign_in: Callable[[FlaskClient, User], None]) -> Callable[[User], FlaskClient]:
    """``signed_in(user)`` is a further browser."""

    def browser(user: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, user)
        return client

    return browser
