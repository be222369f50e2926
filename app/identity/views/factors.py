"""The second factor of one's own account: what there is, one more, one less."""

import uuid

import pyotp
from flask import Response, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db
from app.identity import passkeys, vault
from app.identity.access import account_for_site_admin
from app.identity.confirming import confirmed
from app.identity.forms.factors import NewAppForm
from app.identity.models import User
from app.identity.permissions import Can
from app.identity.queries import codes_left, factors_of
from app.identity.rules import factors as rules
from app.identity.rules.sessions import end_sessions
from app.identity.sessions import must_set_up_factor
from app.identity.views import bp
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import before_second_factor, needs
from app.web.toasts import toast

SECRET_LASTS = 3600  # seconds that the page with the QR code may lie open


@bp.get("/account/factors")
@needs(Can.OWN_ACCOUNT)
@before_second_factor
def factors() -> Response:
    """What there is."""
    must = must_set_up_factor(current_user)
    mine, left = factors_of(current_user), codes_left(current_user)
    return page("identity/factors.html", factors=mine, left=left, must=must, passkeys_work=passkeys.place() is not None)


@bp.route("/account/factors/app", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
@before_second_factor
@confirmed
def new_app() -> Response:
    """An authenticator app: its QR code, and the first code that it shows."""
    user, form = current_user._get_current_object(), NewAppForm()
    secret = secret_of(user, form.sealed.data or "") or pyotp.random_base32()
    form.sealed.data = vault.seal(f"{user.id} {secret}")
    shown = {"secret": secret, "qr": qr_of(rules.address_of(user, secret))}
    if not form.validate_on_submit():
        return page("identity/new_app.html", form=form, status=422 if form.is_submitted() else 200, **shown)
    had = codes_left(user)
    try:
        rules.add_app(user, secret, form.code.data or "", (form.name.data or "").strip())
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "identity/new_app.html", **shown)
    if had:
        db.session.commit()
        return toast(go(url_for("identity.factors")), "The app is set up.")
    return show_new_codes(user, first=True)


def secret_of(user: User, sealed: str) -> str | None:
    """The secret that the page was made with, if it was made for this account not long ago."""
    owner, _, secret = (vault.unseal(sealed, SECRET_LASTS) or "").partition(" ")
    return secret if owner == str(user.id) else None


def qr_of(address: str) -> str:
    """A picture for ``<img>``, drawn in the page itself: no other site sees the secret, and no address of ours holds it."""
    import segno  # 3 MB, for those few who print a code

    return segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="white")


@bp.post("/account/factors/codes")
@needs(Can.OWN_ACCOUNT)
@before_second_factor
@confirmed
def new_codes() -> Response:
    """New recovery codes; the old ones stop working."""
    if not factors_of(current_user):
        return go(url_for("identity.factors"))
    return show_new_codes(current_user._get_current_object())


def show_new_codes(user: User, *, first: bool = False) -> Response:
    """The codes, on screen this once: the answer to the POST itself, so that no address, history or session keeps them."""
    codes = rules.new_codes(user, first=first)
    db.session.commit()
    response = page("identity/codes.html", codes=codes)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/account/factors/<uuid:factor_id>/remove")
@needs(Can.OWN_ACCOUNT)
@before_second_factor
@confirmed
def remove_factor(factor_id: uuid.UUID) -> Response:
    """Take one away."""
    name = rules.remove_factor(current_user, factor_id)
    db.session.commit()
    return toast(go(url_for("identity.factors")), f"{name} is removed.")


@bp.post("/admin/accounts/<uuid:user_id>/reset-second-factor")
@needs(Can.RUN_SITE)
@confirmed
def reset_factors(user_id: uuid.UUID) -> Response:
    """A site admin lets somebody in again who has lost phone and codes; whoever is signed in there is signed out."""
    user = account_for_site_admin(current_user, user_id)
    rules.reset_factors(user, by=current_user)
    end_sessions(user)
    db.session.commit()
    return toast(
        go(url_for("identity.account")), f"{user.name} signs in without a second factor until a new one is set up."
    )
