"""Handing a message over: to the SMTP server of the settings, or outside of production to the table behind /dev/mail."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from flask import current_app

from app.mail.rules import keep

TIMEOUT = 30  # seconds for each step
LONGEST_REASON = 200
ADDRESS = re.compile(r"[^\s<>()\[\]:,;\"']+@[^\s<>()\[\]:,;\"']+")


class NotSent(Exception):
    """It did not leave. ``status`` is for the log, the message for the site admin; ``recipient`` for neither, unmasked."""

    def __init__(self, reason: str, recipient: str = "", status: str = "") -> None:
        super().__init__(reason)
        self.recipient = recipient
        self.status = status or "refused"


class Refused(NotSent):
    """And it would not at another time."""


def hand_over(message: EmailMessage, recipient: str) -> None:
    """Returns when the server has taken the responsibility.

    Raises:
        Refused: the server will not have this message, or not for this recipient.
        NotSent: not now.
    """
    config = current_app.config
    if not config["SMTP_HOST"]:
        if config["APP_ENV"] == "production":
            raise NotSent("SMTP_HOST is not set.", recipient, "no SMTP_HOST")
        keep(message)
        return
    try:
        with connected() as server:
            try:
                server.send_message(message)
            except smtplib.SMTPRecipientsRefused as refusal:
                code, said = next(iter(refusal.recipients.values()))
                raise refused(code, said, recipient) from None
            except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as refusal:
                raise refused(refusal.smtp_code, refusal.smtp_error, recipient) from None
    except smtplib.SMTPResponseException as error:
        # Before the message was looked at: a password or a setting, which somebody will put right.
        raise NotSent(in_words(error.smtp_code, error.smtp_error), recipient, str(error.smtp_code)) from None
    except (OSError, smtplib.SMTPException) as error:
        reason = "The server cannot be reached, or broke off."
        raise NotSent(f"{reason} ({type(error).__name__})", recipient, type(error).__name__) from None


@contextmanager
def connected() -> Iterator[smtplib.SMTP]:
    """A server that has let us in."""
    config = current_app.config
    host, port, tls = config["SMTP_HOST"], config["SMTP_PORT"], config["SMTP_TLS"]
    trust = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=trust)
        if tls == "tls"
        else smtplib.SMTP(host, port, timeout=TIMEOUT)
    )
    try:
        if tls == "starttls":
            server.starttls(context=trust)
        if config["SMTP_USER"]:
            server.login(config["SMTP_USER"], config["SMTP_PASSWORD"])
        yield server
    finally:
        # The message is gone or not by now; how the two part changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def refused(code: int, said: bytes | str, recipient: str) -> NotSent:
    """5xx is for good, 4xx for now (RFC 5321, 4.2.1)."""
    return (Refused if 500 <= code < 600 else NotSent)(in_words(code, said), recipient, str(code))


def in_words(code: int, said: bytes | str) -> str:
    """What the server said, without the addresses that servers like to repeat."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    text = ADDRESS.sub("…", " ".join(text.split()))
    return f"The server said {code} {text}"[:LONGEST_REASON]
