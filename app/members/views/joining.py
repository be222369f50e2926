"""The way in: from an invitation, or from the address of a unit that takes requests. Opening a page spends nothing."""

import uuid
from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from app.errors import RuleBroken
from app.extensions import db
from app.identity.arriving import arrive
from app.identity.models import User
from app.identity.permissions import Can
from app.members.joining_forms import JoinForm
from app.members.models import Invitation
from app.members.rules import joining as rules
from app.members.rules.invitations import accept_invitation, open_invitation
from app.units.models import Unit
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast

bp = Blueprint("joining", __name__)
PAGE = "members/join.html"


@bp.route("/join/<token>", methods=["GET", "POST"])
@needs(Can.COME_IN)
def join(token: str) -> Response:
    """By an invitation."""
    invitation = open_invitation(token)
    return ask_page(invitation.unit, invitation, url_for(".join", token=token))


@bp.route("/units/<uuid:unit_id>/join", methods=["GET", "POST"])
@needs(Can.COME_IN)
def ask(unit_id: uuid.UUID) -> Response:
    """Without one, where the unit allows it."""
    return ask_page(rules.unit_to_ask(unit_id), None, url_for(".ask", unit_id=unit_id))


def ask_page(unit: Unit, invitation: Invitation | None, here: str) -> Response:
    """The form, and what becomes of it."""
    user: User | None = current_user._get_current_object() if current_user.is_authenticated else None
    child = invitation.person if invitation else None
    email = invitation.email if invitation else None
    form = JoinForm()
    form.fit(known=user is not None, brings_child=child is not None, mailed=email is not None)
    context: dict[str, Any] = {
        "unit": unit.name,
        "child": child and (child.preferred_name or child.first_name),
        "email": email,
    }
    context["here"] = here
    # A plain POST of an old page, or a site without mail, finds the form again and what to do.
    if not form.validate_on_submit() or not (user or email or current_app.config["SENDS_MAIL"]):
        return private(page(PAGE, form=form, status=422 if form.is_submitted() else 200, **context))
    asked = form.asked(user, email)
    try:
        rules.begin_asking(unit, asked.email, request.remote_addr or "")
        # What is counted stays counted when a rule says no; nothing else stays.
        with db.session.begin_nested():
            outcome = settle(user, unit, invitation, asked)
    except RuleBroken as refusal:
        db.session.commit()
        return private(refuse_in_form(form, refusal, PAGE, **context))
    db.session.commit()
    return private(answer(outcome, here))


class Outcome(NamedTuple):
    """What to say; ``newcomer`` has just got an account; without words there is something to do first."""

    said: str | None
    newcomer: User | None = None
    must_sign_in: bool = False


def settle(user: User | None, unit: Unit, invitation: Invitation | None, asked: rules.Asked) -> Outcome:
    """By what is known of whoever asks: an account, a mailbox that the invitation went to, or nothing yet."""
    if user:
        return Outcome(connect(user, unit, invitation, asked))
    if invitation is None or invitation.email is None:
        rules.ask_by_mail(unit, invitation, asked)
        return Outcome(None)
    account, is_new = rules.account_of(asked.name, asked.email)
    if not is_new:
        # An invitation lives for days: it opens no account that is there.
        return Outcome(None, must_sign_in=True)
    return Outcome(connect(account, unit, invitation, asked), newcomer=account)


def connect(user: User, unit: Unit, invitation: Invitation | None, asked: rules.Asked) -> str:
    """The child of the invitation, or a request that waits. Returns what to say."""
    if invitation is not None and invitation.person_id:
        return f"You look after {accept_invitation(user, invitation, asked.relationship).full_name} here now."
    rules.ask_as(user, unit, invitation, asked)
    return f"{unit.name} has your request. You get a mail when an admin has looked at it."


def answer(outcome: Outcome, here: str) -> Response:
    """Where the browser goes."""
    home = url_for("outings.home")
    if outcome.must_sign_in:
        return toast(go(url_for("identity.login", next=here)), "You have an account here. Sign in to go on.")
    if outcome.said is None:
        return go(url_for(".sent"))
    came = arrive(outcome.newcomer, remember=False, next=home, by_mail=True) if outcome.newcomer else go(home)
    return toast(came, outcome.said)


@bp.get("/join/sent")
@needs(Can.COME_IN)
def sent() -> Response:
    """The same for every address."""
    return page("members/join_sent.html")


@bp.route("/join/confirm/<token>", methods=["GET", "POST"])
@needs(Can.COME_IN)
def confirm(token: str) -> Response:
    """Opened from the mailbox, perhaps on another device. The button goes on, as mail scanners open every link."""
    asked = rules.unproved(token)
    form = FlaskForm()
    if not form.validate_on_submit():
        child = asked.invitation.person if asked.invitation else None
        shown = child and (child.preferred_name or child.first_name)
        return private(page("members/join_confirm.html", form=form, asked=asked, child=shown))
    unit = asked.unit.name
    user, is_new = rules.prove(asked)
    connected = asked.state == "accepted"
    db.session.commit()
    said = "Welcome. Your child is here." if connected else f"{unit} has your request. A mail follows."
    if is_new:
        return toast(arrive(user, remember=False, next=url_for("outings.home"), by_mail=True), said)
    # This link lives for hours: it opens no account that was there before.
    return toast(go(url_for("identity.login", next=url_for("outings.home"))), said)


def private(response: Response) -> Response:
    """The address is the key: no other site, and no log of one, may see it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
