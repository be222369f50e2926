"""A unit and its admin, signed in, for the tests of what an admin does."""

import pytest

from app.units.models import RoleName
from tests.factories import make_leader, make_unit


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 77")


@pytest.fixture
def admin(unit, client, sign_in):
    user = make_leader(unit, RoleName.ADMIN)
    sign_in(client, user)
    return user
