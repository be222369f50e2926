"""Marit, who signs in with a password and, once she has an app, with a code."""

import pytest

from app.clock import frozen, now
from app.extensions import db
from app.identity import vault
from app.identity.models import SecondFactor
from app.identity.rules import factors as rules
from tests.factories import make_user
from tests.identity.factors.helpers import SECRET


@pytest.fixture
def user(db_session):
    return make_user("marit@example.org", username="marit", name="Marit")


@pytest.fixture
def with_app(user):
    """The account with an authenticator app, and ten recovery codes."""
    db.session.add(SecondFactor(user_id=user.id, kind="app", name="My phone", secret=vault.seal(SECRET)))
    return rules.new_codes(user)


@pytest.fixture(autouse=True)
def still():
    """The half minute of a code must not end while a test runs."""
    with frozen(now().replace(minute=7, second=10)):
        yield
