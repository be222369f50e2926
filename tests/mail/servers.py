"""A real SMTP server on loopback that does as it is told, and the worker as a process of its own."""

import contextlib
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import URL

from tests.database import ROOT, quick, settings

# For localhost, signed by itself, good until 2126.
CERTIFICATE = Path(__file__).parent / "localhost.pem"
SENDER = "Troop 77 <trips@example.org>"
SITE = "https://trips.example.org"


@dataclass
class Post:
    """What arrived. ``answers`` are given first, one for each message, before it says 250; None takes the message."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    answers: list[str | None] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    on_message: Callable[[], None] | None = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """By ``refusals``, else yes."""
        if address not in self.refusals:
            envelope.rcpt_tos.append(address)
        return self.refusals.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take it, unless the next answer says otherwise."""
        answer = self.answers.pop(0) if self.answers else None
        if answer is None:
            self.messages.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
            if self.on_message:
                self.on_message()
        return answer or "250 OK"


@contextlib.contextmanager
def post_office(*, tls: bool = False, login: tuple[str, str] | None = None) -> Iterator[Post]:
    """A server; with ``login`` it takes nothing from anybody else, with ``tls`` it insists on STARTTLS."""
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        wanted = LoginPassword(login[0].encode(), login[1].encode()) if login else None
        return AuthResult(success=given == wanted, handled=False)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        post = Post(probe.getsockname()[1])
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=post.port,
        tls_context=context,
        require_starttls=tls,
        authenticator=check,
        auth_required=bool(login),
        auth_require_tls=tls,
    )
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def mail_settings(port: int, **more: str) -> dict[str, str]:
    """The environment of a site that sends through ``port``."""
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_TLS": "none",
        "MAIL_FROM": SENDER,
        "SITE_URL": SITE,
        **more,
    }


PEOPLES = (sys.executable, "-m", "flask")


def worker(url: URL, port: int, *options: str, flask: Sequence[str] = PEOPLES) -> "subprocess.Popen[str]":
    """``flask worker`` as people run it."""
    return subprocess.Popen(
        [*flask, "worker", *options],
        cwd=ROOT,
        env={**os.environ, **settings(url), **mail_settings(port)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def work_off(url: URL, port: int, *options: str) -> str:
    """Let a worker send what waits; what it said."""
    process = worker(url, port, "--once", *options, flask=[quick("flask")])
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said
