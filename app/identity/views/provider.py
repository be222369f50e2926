"""Signing in with an account elsewhere, and connecting it with one's own."""

from flask import Response, current_app, request, session, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db
from app.identity import provider
from app.identity.arriving import arrive
from app.identity.confirming import confirmed
from app.identity.permissions import Can
from app.identity.rules import outside as rules
from app.identity.views import bp
from app.web.pages import go, page, safe_next
from app.web.public import needs
from app.web.toasts import toast

BEGUN = "provider"  # what the session keeps of a browser that has gone there


@bp.get("/login/provider")
@needs(Can.COME_IN)
def use_provider() -> Response:
    """Off to the provider."""
    return set_out({"next": safe_next(request.args.get("next"), "")})


def set_out(begun: dict[str, str]) -> Response:
    """Keep what it is for, and go; a provider that does not answer leaves the other ways in."""
    try:
        address = provider.begin()
    except provider.ProviderFailed as failure:
        return toast(go(url_for(".login")), failure.message, kind="error")
    session[BEGUN] = begun
    return go(address)


@bp.get("/login/provider/answer")
@needs(Can.COME_IN)
def provider_answer() -> Response:
    """Back from the provider: into the account that is connected, or connect the one that asked for it."""
    begun = session.pop(BEGUN, None) or {}
    try:
        issuer, subject = provider.answer()
        # Only where this account asked for it, with its password or second factor shown again just before.
        if begun.get("connect"):
            return connect(begun["connect"], issuer, subject)
    except (provider.ProviderFailed, RuleBroken) as failure:
        db.session.rollback()
        return toast(go(url_for(".login")), failure.message, kind="error")
    user = rules.owner_of(issuer, subject)
    if user is None:
        name = current_app.config["OIDC_NAME"]
        said = f"Nothing is connected with this account of {name} yet. Sign in as before, then connect it."
        return toast(go(url_for(".login", next=url_for(".outside"))), said)
    db.session.commit()
    return arrive(user, remember=False, next=begun.get("next"))


def connect(asked_by: str, issuer: str, subject: str) -> Response:
    """The account that asked, if it is still the one that is signed in."""
    if not current_user.is_authenticated or str(current_user.id) != asked_by:
        return go(url_for(".login"))
    rules.connect(current_user._get_current_object(), issuer, subject)
    db.session.commit()
    return toast(go(url_for(".outside")), f"You can sign in with {current_app.config['OIDC_NAME']} from now on.")


@bp.route("/account/provider", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
@confirmed
def outside() -> Response:
    """Whether an account elsewhere opens this one; the button connects it."""
    issuer = provider.client() and current_app.config["OIDC_ISSUER"]
    if request.method == "POST":
        return set_out({"connect": str(current_user.id)})
    return page("identity/outside.html", is_connected=rules.is_connected(current_user, issuer))


@bp.post("/account/provider/remove")
@needs(Can.OWN_ACCOUNT)
@confirmed
def disconnect() -> Response:
    """It opens nothing here any more."""
    rules.disconnect(current_user._get_current_object())
    db.session.commit()
    return toast(go(url_for(".account")), "It is disconnected.")
