"""Getting in by mail: links, codes and new passwords."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text

from app import clock
from app.audit.models import AuditEntry
from app.clock import now
from app.extensions import db
from app.identity.models import EmailedLink
from app.identity.rules.emailed import PER_ACCOUNT, SPENT, WRONG_CODE
from tests.factories import PASSWORD, make_family, make_outing, make_unit, make_user
from tests.identity.helpers import inside
from tests.mail.helpers import deliver_all, waiting
from tests.outings.helpers import children_of

NEW = "a quite new pass phrase"


@pytest.fixture
def user(db_session):
    """A parent who never had a password."""
    return make_user("marit@example.org", username="marit", name="Marit", password_hash=None)


def ask(client, login="marit@example.org", page="link", **values):
    return client.post(f"/login/{page}", data={"login": login} | values)


def read(mail):
    """The path of the link in a mail, and its code."""
    link = re.search(r"^ +(https?://\S+)$", mail.text, re.MULTILINE)[1]
    code = re.search(r"^ +(\w{4}-\w{4})$", mail.text, re.MULTILINE)
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else ""), code and code[1]


def mailed(client, **values):
    """Ask, and look into the mailbox."""
    assert ask(client, **values).headers["Location"] == "/login/sent"
    (mail,) = deliver_all()
    return read(mail)


@pytest.mark.parametrize("login", ["marit@example.org", "MARIT", " Marit@Example.ORG "])
def test_a_link_signs_in_on_another_device(client, app, user, login):
    link, _ = mailed(client, login=login)
    other = app.test_client()
    page = other.get(link)
    assert "Sign in as Marit" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not inside(other)
    assert other.post(link, data={"remember": "y"}).headers["Location"] == "/"
    assert inside(other)
    assert not inside(client)
    assert user.last_sign_in_at


def test_opening_spends_nothing_and_the_button_works_once(client, app, user):
    link, code = mailed(client)
    for scanner in range(3):
        assert app.test_client().get(link).status_code == 200, scanner
        assert app.test_client().head(link).status_code == 200, scanner
    assert client.post(link).status_code == 303
    late = app.test_client()
    for answer in (late.get(link), late.post(link)):
        assert answer.status_code == 410
        assert SPENT in answer.text
    assert not inside(late)
    client.post("/logout")
    assert client.post("/login/sent", data={"code": code}).headers["Location"] == "/login/link", "the code went with it"


def test_using_one_spends_the_others_but_asking_again_does_not(client, app, user):
    first, _ = mailed(client)
    second, _ = mailed(client)
    assert app.test_client().post(first).status_code == 303
    assert app.test_client().post(second).status_code == 410


@pytest.mark.parametrize(("page", "minutes", "status"), [("link", 9, 200), ("link", 11, 410), ("forgot", 11, 410)])
def test_ten_minutes(client, user, page, minutes, status):
    link, _ = mailed(client, page=page)
    with clock.frozen(now() + timedelta(minutes=minutes)):
        assert client.get(link).status_code == status


def test_the_code_works_in_the_browser_that_asked_and_in_no_other(client, app, user):
    _, code = mailed(client)
    other = app.test_client()
    assert ask(other, login="nobody@example.org").status_code == 303
    answer = other.post("/login/sent", data={"code": code})
    assert answer.status_code == 422
    assert WRONG_CODE in answer.text
    assert code in answer.text, "what was typed is kept"
    assert not inside(other)
    assert client.post("/login/sent", data={"code": code.lower().replace("-", " ")}).headers["Location"] == "/"
    assert inside(client)


def test_a_code_is_not_guessed(client, user):
    _, code = mailed(client)
    answers = [client.post("/login/sent", data={"code": f"AAAA-AAA{n}"}).status_code for n in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert client.post("/login/sent", data={"code": code}).status_code == 429


def test_the_page_that_one_came_from_comes_back_also_on_another_device(client, app, user):
    asked = client.get("/login/link?next=/family").text
    assert 'value="/family"' in asked
    link, _ = mailed(client, next="/family")
    other = app.test_client()
    form = re.search(r'name="next" type="hidden" value="([^"]*)"', other.get(link).text)[1]
    assert other.post(link, data={"next": form}).headers["Location"] == "/family"
    link, code = mailed(client, next="//evil.example")
    assert "evil" not in link
    assert client.post("/login/sent", data={"code": code}).headers["Location"] == "/"


def test_known_and_unknown_are_answered_alike(client, app, user, count_statements):
    said, asked = [], []
    for login in ("marit@example.org", "nobody@example.org"):
        for page in ("link", "forgot"):
            browser = app.test_client()
            with count_statements() as statements:
                answer = ask(browser, login, page)
            # The values differ; what is done does not.
            asked.append([re.sub(r"\s+", " ", statement) for statement in statements])
            said.append((answer.status_code, answer.headers["Location"], browser.get("/login/sent").text))
    pages = {re.sub(r'"[\w.-]{60,}"', '"token"', str(one)) for one in said}
    assert len(pages) == 1
    assert all(statements == asked[0] for statements in asked), "the same work for each"
    assert [mail.recipient for mail in deliver_all()] == ["marit@example.org"] * 2


def test_the_queue_holds_no_token_and_no_code_nor_does_the_database(client, user):
    ask(client)
    (job,) = waiting()
    assert job["values"].keys() == {"purpose", "login", "browser", "next", "asked_at"}
    with client.session_transaction() as session:
        assert session["asked"]["browser"] not in str(job)
    (mail,) = deliver_all()
    link, code = read(mail)
    row = db.session.scalars(select(EmailedLink)).one()
    kept = " ".join(str(value) for value in row.__dict__.values())
    assert link.rpartition("/")[2] not in kept
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_a_mail_that_was_held_up_is_not_sent_any_more(client, user):
    ask(client)
    with clock.frozen(now() + timedelta(minutes=31)):
        assert deliver_all() == []


def test_links_are_limited_for_the_account_and_for_the_address(client, app, user):
    answers = [ask(app.test_client()).status_code for _ in range(PER_ACCOUNT + 2)]
    assert answers == [303] * PER_ACCOUNT + [429] * 2
    limited = ask(app.test_client(), "marit")  # the same account by its other name
    assert limited.status_code == 429
    assert 'value="marit"' in limited.text
    assert int(limited.headers["Retry-After"]) > 0
    assert ask(app.test_client(), "somebody.else@example.org").status_code == 303
    db.session.execute(text("UPDATE attempt_counters SET attempts = 100 WHERE key LIKE 'links:address:%'"))
    assert ask(app.test_client(), "a.third@example.org").status_code == 429


def test_strangers_cannot_keep_a_known_browser_from_getting_a_link(client, app, user):
    link, _ = mailed(client)
    client.post(link)
    client.post("/logout")
    for _ in range(PER_ACCOUNT + 1):
        ask(app.test_client())
    assert ask(app.test_client()).status_code == 429
    assert ask(client).status_code == 303


def test_it_leaves_a_trace(client, user):
    link, _ = mailed(client)
    client.post(link)
    actions = [(entry.action, entry.subject_id) for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == [("sign-in link asked for", user.id), ("signed in", user.id)]
    ask(client, "nobody@example.org")
    last = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert (last.action, last.changes) == ("sign-in link asked for", {})


def test_where_no_mail_is_configured_no_link_is_offered(client, app, user, monkeypatch):
    assert "/login/link" in client.get("/login").text
    monkeypatch.setitem(app.config, "SENDS_MAIL", False)
    assert "/login/link" not in client.get("/login").text
    for address in ("/login/link", "/login/forgot"):
        assert client.get(address).status_code == 404
        assert client.post(address, data={"login": "marit"}).status_code == 404


def test_a_new_password_by_mail_signs_every_other_device_out(client, app, user, sign_in):
    elsewhere = app.test_client()
    sign_in(elsewhere, user)
    sign_in_link, _ = mailed(client)
    link, _ = mailed(client, page="forgot")
    assert client.post(link, data={"password": "short", "again": "short"}).status_code == 422
    assert client.post(link, data={"password": NEW, "again": NEW}).headers["Location"] == "/"
    assert inside(client)
    assert not inside(elsewhere)
    assert app.test_client().get(link).status_code == 410
    assert app.test_client().get(sign_in_link).status_code == 410
    fresh = app.test_client()
    assert fresh.post("/login", data={"login": "marit", "password": NEW}).status_code == 303


def test_the_code_leads_to_the_page_that_sets_a_password(client, app, user):
    mail_link, code = mailed(client, page="forgot")
    page = client.post("/login/sent", data={"code": code}).headers["Location"]
    assert page.startswith("/login/reset/")
    assert app.test_client().get(mail_link).status_code == 410, "one link, one way"
    assert client.post(page, data={"password": NEW, "again": NEW}).status_code == 303
    assert inside(client)


def test_a_link_is_good_for_its_own_purpose_only(client, user, sign_in):
    link, _ = mailed(client)
    sign_in(client, user)
    token = link.rpartition("/")[2]
    for other in (
        f"/login/reset/{token}",
        f"/account/email/{token}",
        f"/account/email/back/{token}",
        f"/welcome/{token}",
    ):
        assert client.get(other).status_code == 410, other


def test_the_main_job_works_for_a_parent_who_has_no_password(client, db_session):
    unit = make_unit()
    parent = make_family(unit)
    parent.password_hash = None
    outing = make_outing(unit)
    signup = f"/outings/{outing.id}/signup"
    to_sign_in = client.get(signup).headers["Location"]
    assert to_sign_in == f"/login?next={signup}"
    offered = re.search(r'href="(/login/link[^"]*)"', client.get(to_sign_in).text)[1]
    asked = re.search(r'name="next" type="hidden" value="([^"]*)"', client.get(offered).text)[1]
    link, _ = mailed(client, login=parent.email, next=asked)
    form = re.search(r'name="next" type="hidden" value="([^"]*)"', client.get(link).text)[1]
    assert client.post(link, data={"next": form}).headers["Location"] == signup
    page = client.get(signup).text
    submission = re.search(r'name="submission"[^>]*value="([^"]+)"', page)[1]
    people = [str(child.id) for child in children_of(parent)]
    data = {"people": people, "together": "1", "consent": "1", "seen": "", "submission": submission}
    assert "Ava and Noah are in." in client.get(client.post(signup, data=data).headers["Location"]).text


def test_the_account_page_says_how_one_signs_in(client, user, sign_in):
    sign_in(client, user)
    page = client.get("/account").text
    assert "you sign in with links that we send you" in page
    assert "/login/forgot" in page
    user.password_hash = "x"
    assert "Change your password" in client.get("/account").text


def test_a_new_device_is_told_to_the_owner_and_a_known_one_is_not(client, app, db_session):
    make_user("leader@example.org", name="Lena")
    login = {"login": "leader@example.org", "password": PASSWORD}
    client.post("/login", data=login, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"})
    (mail,) = deliver_all()
    assert mail.recipient == "leader@example.org"
    assert "Firefox on Linux" in mail.text
    client.post("/logout")
    client.post("/login", data=login)
    assert deliver_all() == []
    app.test_client().post("/login", data=login)
    assert len(deliver_all()) == 1
    app.test_client().post("/login", data=login | {"password": "wrong"})
    assert deliver_all() == []


def test_a_suspended_account_gets_no_mail_and_its_links_open_nothing(client, app, user):
    link, code = mailed(client)
    user.suspended_at = now()
    assert app.test_client().post(link).status_code == 410
    assert client.post("/login/sent", data={"code": code}).status_code == 422
    assert ask(client).headers["Location"] == "/login/sent"
    assert deliver_all() == []
