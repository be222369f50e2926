"""What the site admin and the developer see of mail."""

import pytest
from sqlalchemy import text

from app.extensions import db
from app.mail.models import KeptMail, MailFailure
from tests.factories import keep, make_user
from tests.mail.helpers import deliver_all, fail_one, waiting


@pytest.fixture
def admin(client, sign_in):
    user = make_user(is_site_admin=True)
    sign_in(client, user)
    return client


def test_a_failure_is_shown_with_its_reason_and_without_the_address(admin):
    fail_one("marit@example.org")
    page = admin.get("/admin/mail").text
    assert "m…@example.org" in page
    assert "marit@" not in page
    assert "The server said 550 No such user" in page
    assert "given up" in page


def test_try_again_puts_it_back_and_a_second_click_finds_it_on_its_way(admin):
    job = fail_one("marit@example.org")
    assert waiting() == []
    assert admin.post(f"/admin/mail/{job}").headers["Location"] == "/admin/mail"
    assert len(waiting()) == 1
    assert "given up" not in admin.get("/admin/mail").text
    assert admin.post(f"/admin/mail/{job}").status_code == 409
    (mail,) = deliver_all()
    assert mail.recipient == "marit@example.org"
    assert "All mail has left" in admin.get("/admin/mail").text


@pytest.mark.parametrize("job", ["1", "9" * 30])
def test_a_mail_that_is_gone(admin, job):
    assert admin.post(f"/admin/mail/{job}").status_code == 404


def test_a_mail_that_waits_for_another_attempt_has_no_button(admin):
    fail_one("marit@example.org", gave_up=False)
    page = admin.get("/admin/mail").text
    assert "waits" in page
    assert "Try again" not in page


def test_failures_are_paged(admin):
    db.session.add_all(
        MailFailure(job_id=n, letter="plain", recipient=f"{n}…@example.org", reason="no", attempts=1, gave_up=True)
        for n in range(1, 61)
    )
    db.session.flush()
    assert "Page 1 of 2, 60 in all" in admin.get("/admin/mail").text
    assert admin.get("/admin/mail?page=2").text.count("given up") == 10
    assert admin.get("/admin/mail?page=3").status_code == 404


def test_mails_that_nobody_sends_are_counted(admin):
    fail_one("marit@example.org", gave_up=False)
    page = admin.get("/admin/mail").text
    assert "1 mail waits to be sent." in page
    assert "No worker runs" in page
    db.session.execute(text("SELECT procrastinate_register_worker_v1()"))
    assert "A worker was last seen on" in admin.get("/admin/mail").text


@pytest.fixture
def development(app, monkeypatch):
    monkeypatch.setitem(app.config, "APP_ENV", "development")


def test_development_shows_what_it_would_have_sent(client, development):
    assert "No mail yet" in client.get("/dev/mail").text
    fail_one("marit@example.org", gave_up=False)
    (mail,) = deliver_all()
    page = client.get("/dev/mail").text
    assert "To marit@example.org" in page
    assert '<a href="https://trips.example.org/x"' in page
    assert "<strong>Firefox on Linux" in client.get(f"/dev/mail/{mail.id}").text


@pytest.mark.parametrize("environment", ["production", "testing"])
def test_and_nobody_else_does(client, app, monkeypatch, environment):
    mail = keep(KeptMail(recipient="a@example.org", subject="Hello", text="Hello", html="<p>Hello"))
    monkeypatch.setitem(app.config, "APP_ENV", environment)
    for address in ("/dev/mail", f"/dev/mail/{mail.id}"):
        assert client.get(address).status_code == 404


def test_only_the_newest_mails_are_kept(client, development, monkeypatch):
    monkeypatch.setattr("app.mail.rules.MOST_KEPT", 3)
    for _ in range(5):
        fail_one("marit@example.org", gave_up=False)
    deliver_all()
    assert db.session.query(KeptMail).count() == 3
