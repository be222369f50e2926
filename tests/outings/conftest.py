"""A unit and a leader, signed in, who plans its outings."""

import pytest

from tests.factories import make_leader, make_unit


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 77")


@pytest.fixture
def leader(unit, client, sign_in):
    user = make_leader(unit)
    sign_in(client, user)
    return user
