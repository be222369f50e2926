"""Passkeys: made on one's own pages, used in the place of the password or of the code."""

from flask import Response, request, session, url_for
from flask_login import current_user

from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.identity import passkeys
from app.identity.arriving import WAITING, come_in, who_waits
from app.identity.confirming import confirmed
from app.identity.forms.factors import NewPasskeyForm
from app.identity.permissions import Can
from app.identity.queries import codes_left
from app.identity.rules import passkeys as rules
from app.identity.views import bp
from app.identity.views.factors import show_new_codes
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import before_second_factor, needs
from app.web.toasts import toast


@bp.route("/account/factors/passkey", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
@before_second_factor
@confirmed
def new_passkey() -> Response:
    """One more key."""
    here, user, form = passkeys.place(), current_user._get_current_object(), NewPasskeyForm()
    if here is None:
        raise NotFound
    challenge, whose = rules.new_challenge(), f"make:{user.id}"
    offer = {
        "options": rules.options_to_create(user, here, challenge),
        "sealed": passkeys.seal_challenge(challenge, whose),
    }
    if not form.validate_on_submit():
        return page("identity/new_passkey.html", form=form, offer=offer, status=422 if form.is_submitted() else 200)
    had = codes_left(user)
    try:
        asked = passkeys.open_challenge(form.sealed.data or "", whose)
        rules.add_passkey(user, form.credential.data or "", asked, here, (form.name.data or "").strip())
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "identity/new_passkey.html", offer=offer)
    if not had:
        return show_new_codes(user, first=True)
    db.session.commit()
    return toast(go(url_for("identity.factors")), "The passkey is set up.")


@bp.post("/login/passkey")
@needs(Can.COME_IN)
def use_passkey() -> Response:
    """Alone: whoever has the device and its finger or PIN has shown two factors."""
    try:
        user = passkeys.accept(None)
    except RuleBroken as refusal:
        db.session.commit()
        return toast(go(url_for("identity.login")), refusal.message, kind="error")
    db.session.commit()
    return come_in(user, remember=False, next=request.args.get("next"))


@bp.post("/login/second/passkey")
@needs(Can.COME_IN)
def second_passkey() -> Response:
    """In the place of a code."""
    waiting = who_waits()
    if waiting is None:
        return go(url_for("identity.login"))
    try:
        passkeys.accept(waiting.user)
    except RuleBroken as refusal:
        db.session.commit()
        return toast(go(url_for("identity.second_factor")), refusal.message, kind="error")
    db.session.commit()
    session.pop(WAITING)
    return come_in(waiting.user, remember=waiting.remember, next=waiting.next)
