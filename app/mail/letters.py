"""Letters: what a room has to say, written at the moment of leaving.

The queue holds the name of a letter and a few plain values. The words, and any secret in them, are made by the worker just
before the mail leaves, so that no link or code ever lies in the queue:

    @letter("identity.sign_in")
    def sign_in(*, user_id: str) -> Letter | None:
        token = ...                      # written to the session; the worker commits before it sends
        return Letter(user.email, "Your link", "identity/mail/sign_in", {"link": link_to("identity.enter", token=token)})

A letter whose time has passed returns None, and nothing is sent. It may be asked for more than once: see at least once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, TypeVar

from flask import current_app

from app.clock import now

Writer = TypeVar("Writer", bound=Callable[..., "Letter | None"])
writers: dict[str, Callable[..., "Letter | None"]] = {}


@dataclass(frozen=True)
class Letter:
    """One mail to one person; ``template`` names a pair under ``templates/``, one ending in .txt and one in .html."""

    to: str
    subject: str
    template: str
    values: dict[str, Any] = field(default_factory=dict)


def letter(name: str) -> Callable[[Writer], Writer]:
    """Decorator: the worker asks this function for the letter called ``name``. Waiting mails carry the name, so keep it."""

    def register(writer: Writer) -> Writer:
        writers[name] = writer
        return writer

    return register


@letter("plain")
def plain(*, to: str, subject: str, template: str, values: dict[str, Any]) -> Letter:
    """One that was said in full when it was queued."""
    return Letter(to, subject, template, values)


def link_to(endpoint: str, **values: Any) -> str:
    """A whole address for a mail. It begins with SITE_URL, never with the host that a request named."""
    path: str = current_app.url_map.bind("mail").build(endpoint, values)
    return current_app.config["SITE_URL"] + path


def compose(said: Letter, ident: str) -> EmailMessage:
    """The message: plain text, and the same as simple HTML. ``ident`` makes a second copy recognisable as one.

    Raises:
        ValueError: the address is none.
    """
    subject = " ".join(said.subject.split())  # a line break would begin another header
    values = said.values | {"subject": subject, "site": current_app.config["SITE_URL"]}
    message = EmailMessage(policy=SMTP)
    message["From"] = current_app.config["MAIL_FROM"] or "Scouting Outing Manager <no-reply@localhost>"
    message["To"] = one_address(said.to)
    message["Subject"] = subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{ident}@{message['From'].addresses[0].domain}>"
    message["Auto-Submitted"] = "auto-generated"
    # Not flask.render_template: what that adds is about a request, and there is none.
    find = current_app.jinja_env.get_template
    message.set_content(find(f"{said.template}.txt").render(values))
    message.add_alternative(find(f"{said.template}.html").render(values), subtype="html")
    return message


def one_address(text: str) -> Address:
    """An address alone, without a name; its domain as the wire wants it.

    Raises:
        ValueError: anything else.
    """
    try:
        found = Address(addr_spec=text)
    except (HeaderParseError, IndexError):  # what the library says of an empty one
        raise ValueError(text) from None
    if not (found.username and found.domain):
        raise ValueError(text)
    return Address(username=found.username, domain=found.domain.encode("idna").decode())


def masked(address: str) -> str:
    """``m…@example.org``: enough to recognise a mail by, not enough to write to."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}" if name else "…"
