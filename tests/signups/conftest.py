"""A unit whose outings families sign up for."""

import pytest

from tests.factories import make_unit


@pytest.fixture
def unit(db_session):
    return make_unit()
