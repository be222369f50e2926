"""Marit, who signs in with a password."""

import pytest

from tests.factories import make_user


@pytest.fixture
def user(db_session):
    return make_user("marit@example.org", username="marit", name="Marit")
