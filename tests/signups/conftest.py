"""A unit whose outings families sign up for."""

import pytest

from tests.factories import make_family, make_unit


@pytest.fixture
def unit(db_session):
    return make_unit()


@pytest.fixture
def family(unit):
    return make_family(unit)


@pytest.fixture
def browser(client, family, sign_in):
    sign_in(client, family)
    return client
