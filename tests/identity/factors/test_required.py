"""Who must have a second factor, and who is offered one."""

import pytest

from app.config import Config, ConfigError
from app.extensions import db
from app.identity import vault
from app.identity.models import SecondFactor
from app.units.models import RoleName
from tests.factories import make_leader, make_unit, make_user
from tests.identity.factors.helpers import SECRET


@pytest.fixture
def required(app, monkeypatch):
    monkeypatch.setitem(app.config, "REQUIRE_SECOND_FACTOR", True)


@pytest.mark.parametrize("who", ["leader", "unit admin", "site admin"])
def test_whoever_is_trusted_sets_one_up_before_anything_else(app, client, db_session, sign_in, required, who):
    unit = make_unit()
    person = {
        "leader": lambda: make_leader(unit),
        "unit admin": lambda: make_leader(unit, RoleName.ADMIN),
        "site admin": lambda: make_user(is_site_admin=True),
    }[who]()
    sign_in(client, person)
    for address in ("/", "/outings", "/account", "/family", f"/units/{unit.id}/members", "/outings/new"):
        assert client.get(address).headers["Location"] == "/account/factors", address
        assert client.post(address).status_code in (303, 405)
    page = client.get("/account/factors").text
    assert "needs a second factor" in page
    assert 'href="/outings"' not in page
    for address in ("/account/factors/app", "/account/password", "/account/confirm"):
        assert client.get(address).status_code == 200, address
    db.session.add(SecondFactor(user_id=person.id, kind="app", name="My phone", secret=vault.seal(SECRET)))
    assert client.get("/account").status_code == 200
    db.session.query(SecondFactor).delete()
    assert client.get("/account").status_code == 303
    assert client.post("/logout").headers["Location"] == "/login"


def test_a_parent_is_offered_one(client, user, sign_in, required):
    sign_in(client, user)
    assert "Set up a second factor" in client.get("/account").text


def test_it_is_required_in_production_unless_told_otherwise():
    env = {"DATABASE_URL": "postgresql://u@h/d", "SECRET_KEY": "a9f3c2e1b8d7465091fe3a7cbd2468e0"}
    assert Config.from_env(env).require_second_factor
    assert not Config.from_env(env | {"REQUIRE_SECOND_FACTOR": "0"}).require_second_factor
    assert not Config.from_env(env | {"APP_ENV": "development"}).require_second_factor
    with pytest.raises(ConfigError, match="REQUIRE_SECOND_FACTOR is 'maybe'"):
        Config.from_env(env | {"REQUIRE_SECOND_FACTOR": "maybe"})
