"""What a mail looks like, and that nobody can make it say something else."""

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.mail import Letter, link_to, send
from app.mail.letters import compose, masked

VALUES = {
    "name": "Marit <b>",
    "device": "Firefox on Linux",
    "at": "Sat Dec 5, 9:00",
    "link": "https://x.example/a?b=1&c=2",
}


def composed(to="marit@example.org", subject="A new device", **values):
    return compose(Letter(to, subject, "identity/mail/new_device", VALUES | values), "0190")


def test_plain_text_and_the_same_as_html(app, db_session):
    message = composed()
    assert message.get_content_type() == "multipart/alternative"
    plain, html = (part.get_content() for part in message.iter_parts())
    assert "Hello Marit <b>," in plain
    assert "https://x.example/a?b=1&c=2" in plain
    assert "Hello Marit &lt;b&gt;," in html
    assert 'href="https://x.example/a?b=1&amp;c=2"' in html
    for part in (plain, html):
        assert "Firefox on Linux" in part
        assert "http://127.0.0.1:5000" in part


def test_the_headers_that_a_mail_of_a_machine_has(app, db_session, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_FROM", "Zoë's Troop <trips@example.org>")
    message = composed()
    assert message["From"] == "Zoë's Troop <trips@example.org>"
    assert message["To"] == "marit@example.org"
    assert message["Message-ID"] == "<0190@example.org>", "a second copy can be recognised"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.tzinfo


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x85", "\u2028"])
def test_a_line_break_in_a_subject_begins_no_header(app, db_session, break_):
    raw = composed(subject=f"Hello{break_}Bcc: evil@example.com").as_bytes()
    assert b"\nBcc" not in raw.replace(b"\r", b"\n")
    assert [line for line in raw.splitlines() if line.lower().startswith(b"subject")] == [
        b"Subject: Hello Bcc: evil@example.com"
    ]


@pytest.mark.parametrize(
    "to",
    [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org, b@example.org",
        "a@example.org>\n",
        "Marit <a@example.org>",
        "nobody",
        "@example.org",
        "zoë@example.org",
        "",
    ],
)
def test_what_is_not_one_address_gets_no_mail(app, db_session, to):
    with pytest.raises(ValueError, match=r".*"):
        composed(to=to)


def test_links_begin_with_the_setting_never_with_the_host_of_a_request(app, db_session, monkeypatch):
    monkeypatch.setitem(app.config, "SITE_URL", "https://trips.example.org")
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        assert link_to("identity.welcome", token="t") == "https://trips.example.org/welcome/t"


@pytest.mark.parametrize(
    ("address", "shown"), [("marit@example.org", "m…@example.org"), ("@", "…"), ("", "…"), ("nobody", "…")]
)
def test_an_address_is_shown_without_its_name(address, shown):
    assert masked(address) == shown


def test_where_no_mail_is_configured_none_is_queued_and_the_log_names_it(app, db_session, monkeypatch, caplog):
    monkeypatch.setitem(app.config, "SENDS_MAIL", False)
    send("marit@example.org", "Hello", "identity/mail/new_device", **VALUES)
    assert db.session.scalar(select(text("count(*) FROM procrastinate_jobs"))) == 0
    assert "the letter 'identity/mail/new_device' was not written" in caplog.text
