"""Authenticator apps and recovery codes: set up, renewed and taken away."""

import re

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.identity import vault
from app.identity.models import RecoveryCode, SecondFactor
from app.identity.rules import factors as rules
from tests.factories import make_user
from tests.identity.factors.helpers import SECRET, code, first_step, second_step


def test_setting_up_an_app(client, user, sign_in):
    sign_in(client, user)
    page = client.get("/account/factors/app").text
    assert 'src="data:image/svg+xml' in page
    secret = "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].split())
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)[1]
    assert secret not in sealed
    form = {"sealed": sealed, "name": "My phone", "code": "000000"}
    wrong = client.post("/account/factors/app", data=form)
    assert wrong.status_code == 422
    assert "That code does not fit" in wrong.text
    assert secret in "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", wrong.text)[1].split())
    done = client.post("/account/factors/app", data=form | {"code": code(secret=secret)})
    codes = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", done.text)
    assert len(set(codes)) == 10
    assert secret not in done.text
    # Kept sealed, as hashes, and shown nowhere again.
    kept = str(
        [vars(row) for row in (*db.session.scalars(select(SecondFactor)), *db.session.scalars(select(RecoveryCode)))]
    )
    assert secret not in kept
    assert not any(known in kept or known.replace("-", "") in kept for known in codes)
    again = client.get("/account/factors").text
    assert "My phone" in again
    assert not any(known in again for known in codes)
    # The code that set it up is spent.
    client.post("/logout")
    first_step(client)
    assert second_step(client, code(secret=secret)).status_code == 422
    assert second_step(client, codes[0]).status_code == 303


@pytest.mark.parametrize("planted", ["", "made-up", "of another account"])
def test_nobody_plants_a_secret(client, user, sign_in, planted):
    sign_in(client, user)
    sealed = vault.seal(f"{make_user().id} {SECRET}") if planted.startswith("of") else planted
    form = {"sealed": sealed, "name": "x", "code": code()}
    assert client.post("/account/factors/app", data=form).status_code == 422
    assert not rules.has_factor(user)


def test_an_eleventh_is_too_many(user):
    for number in range(10):
        rules.add_app(user, SECRET, code(), f"Phone {number}")
    with pytest.raises(rules.RuleBroken, match="10 already"):
        rules.add_app(user, SECRET, code(), "one more")


def test_new_codes_replace_the_old_ones(client, user, with_app, sign_in):
    sign_in(client, user)
    assert client.post("/account/factors/codes").status_code == 200
    client.post("/logout")
    first_step(client)
    assert second_step(client, with_app[0]).status_code == 422


def test_removing_the_last_takes_the_codes_along(client, user, with_app, sign_in):
    sign_in(client, user)
    factor = db.session.scalars(select(SecondFactor)).one()
    assert client.post(f"/account/factors/{factor.id}/remove").status_code == 303
    assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
    client.post("/logout")
    assert first_step(client).headers["Location"] == "/"


def test_a_sealed_secret_outlives_a_new_key_and_is_sealed_with_it_at_use(app, client, user, with_app, monkeypatch):
    old = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "a new key " * 5)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [old])
    first_step(client)
    assert second_step(client, code()).status_code == 303
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [])
    client.post("/logout")
    first_step(client)
    assert second_step(client, code(30)).status_code == 303
