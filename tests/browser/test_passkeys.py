"""Passkeys in a real browser, with the authenticator that Chromium keeps for tests."""

import re

import pytest
from playwright.sync_api import expect

from app.extensions import db
from app.identity.rules.sessions import begin_session
from tests.browser.world import page_of
from tests.factories import PASSWORD, make_user
from tests.mail.helpers import deliver_all

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(live_server, monkeypatch):
    """The same server by the name of localhost: there a browser trusts it as it trusts TLS."""
    address = live_server.address.replace("127.0.0.1", "localhost")
    monkeypatch.setitem(live_server.app.config, "SITE_URL", address)
    with live_server.app.app_context():
        user = make_user(name="Marit")
        token = begin_session(user, "Chrome on Linux", remembered=False)
        db.session.commit()
        email = user.email
    return type(live_server)(live_server.app, live_server.url, address), token, email


def caught(page, address):
    """Keep the form that the page sends to ``address``."""
    sent = []
    page.on("request", lambda request: address in request.url and request.post_data and sent.append(request.post_data))
    return sent


def test_a_passkey_is_made_opens_the_account_twice_over_and_is_removed(browser, site):
    server, token, email = site
    with page_of(browser, server, token, ["status of 4"]) as page:
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        key = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]

        # made, with a name; the recovery codes are shown once
        page.goto(f"{server.address}/account/factors")
        page.get_by_role("link", name="Set up a passkey").click()
        page.get_by_label("What do you call it?").fill("My fingertip")
        page.get_by_role("button", name="Set it up").click()
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_role("cell", name="Passkey", exact=True)).to_be_visible()

        # which the account's owner is told
        with server.app.app_context():
            assert ("A second factor was added", email) in [(mail.subject, mail.recipient) for mail in deliver_all()]

        # the same key a second time is refused by the browser itself
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_role("button", name="Set it up").click()
        expect(page.get_by_role("alert")).to_contain_text("gave no passkey")

        # alone
        page.get_by_role("button", name="Sign out").click()
        sent = caught(page, "/login/passkey")
        page.goto(f"{server.address}/login?next=/account/factors")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_text("My fingertip")).to_be_visible()

        # what was sent is worth nothing a second time, nor to another origin
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{server.address}/login")
        csrf = page.locator("[name=csrf_token]").first.input_value()
        again = re.sub("csrf_token=[^&]*", f"csrf_token={csrf}", sent[0])
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        page.request.post(f"{server.address}/login/passkey", data=again, headers=form)
        page.goto(f"{server.address}/account")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

        # after the password
        def first_step():
            page.goto(f"{server.address}/login")
            page.get_by_label("Email or username").fill(email)
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            expect(page.get_by_role("heading", name="Second step")).to_be_visible()

        first_step()
        devtools.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
        page.get_by_role("button", name="Use your passkey instead").click()
        expect(page.get_by_role("alert").first).to_contain_text("gave no passkey")  # no finger, no PIN
        devtools.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
        page.get_by_role("button", name="Use your passkey instead").click()
        page.wait_for_url(f"{server.address}/")

        # and gone
        page.goto(f"{server.address}/account/factors")
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("My fingertip is removed.")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{server.address}/login")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_text("That passkey did not open this account.")).to_be_visible()


def test_a_page_without_a_script_shows_no_passkey(site, page_without_js):
    server = site[0]
    page_without_js.goto(f"{server.address}/login")
    expect(page_without_js.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
