"""A unit and its admin, who decides which two rows are one human."""

import pytest

from app.units.models import RoleName
from tests.factories import make_leader, make_unit


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 77")


@pytest.fixture
def admin(unit):
    return make_leader(unit, RoleName.ADMIN)
