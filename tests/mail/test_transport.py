"""Handing over to a real server: what it takes, what it refuses, and whom it believes."""

import pytest

from app.mail import Letter
from app.mail.letters import compose
from app.mail.transport import NotSent, Refused, hand_over
from tests.mail.servers import CERTIFICATE, mail_settings, post_office
from tests.mail.test_letters import VALUES

TO = "marit@example.org"


@pytest.fixture
def hand(app, db_session, monkeypatch):
    """``hand(post, to=..., SMTP_TLS=...)`` sends one mail."""

    def hand(post, to=TO, **more):
        for name, value in mail_settings(post.port, **more).items():
            monkeypatch.setitem(app.config, name, value)
        hand_over(compose(Letter(to, "Hello", "identity/mail/new_device", VALUES), "1"), to)

    return hand


def test_it_arrives(hand):
    with post_office() as post:
        hand(post)
    (message,) = post.messages
    assert (message["To"], message["Subject"]) == (TO, "Hello")
    assert "Firefox on Linux" in message.get_body(("plain",)).get_content()


def test_over_tls_with_a_password(hand, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    login = {"SMTP_TLS": "starttls", "SMTP_USER": "troop", "SMTP_PASSWORD": "geheim"}
    with post_office(tls=True, login=("troop", "geheim")) as post:
        hand(post, **login)
        assert len(post.messages) == 1
        with pytest.raises(NotSent, match="535") as refusal:
            hand(post, **login | {"SMTP_PASSWORD": "wrong"})
        assert not isinstance(refusal.value, Refused), "a wrong setting will be put right"
        with pytest.raises(NotSent):
            hand(post)  # without STARTTLS and password
    assert len(post.messages) == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(hand):
    with post_office(tls=True) as post:
        with pytest.raises(NotSent, match="SSLCertVerificationError") as refusal:
            hand(post, SMTP_TLS="starttls")
        assert not isinstance(refusal.value, Refused)
    assert post.messages == []


def test_a_server_that_offers_no_tls_gets_no_mail_in_the_clear(hand):
    with post_office() as post, pytest.raises(NotSent, match="SMTPNotSupportedError"):
        hand(post, SMTP_TLS="starttls")
    assert post.messages == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("451 4.3.0 Later", NotSent), ("550 5.7.1 No <marit@example.org>", Refused), ("421 Too busy", NotSent)],
)
def test_4xx_is_for_now_and_5xx_for_good(hand, answer, kind):
    with post_office() as post:
        post.answers = [answer]
        with pytest.raises(NotSent) as refusal:
            hand(post)
        assert type(refusal.value) is kind
        assert str(refusal.value).startswith(f"The server said {answer[:3]}")
        assert TO not in str(refusal.value)
        hand(post)
    assert len(post.messages) == 1


@pytest.mark.parametrize(("answer", "kind"), [("450 Greylisted", NotSent), ("550 No such user", Refused)])
def test_the_same_for_the_recipient(hand, answer, kind):
    with post_office() as post:
        post.refusals = {TO: answer}
        with pytest.raises(NotSent) as refusal:
            hand(post)
    assert type(refusal.value) is kind
    assert refusal.value.recipient == TO


def test_nobody_there(hand):
    with post_office() as post:
        pass
    with pytest.raises(NotSent, match="cannot be reached") as refusal:
        hand(post)
    assert not isinstance(refusal.value, Refused)


def test_a_domain_in_another_script_goes_as_the_wire_wants_it(hand):
    with post_office() as post:
        hand(post, to="marit@zoë.example")
    assert post.messages[0]["To"] == "marit@xn--zo-ija.example"
