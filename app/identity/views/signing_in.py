"""Sign in and sign out."""

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import RuleBroken, TooMany
from app.extensions import db
from app.identity.arriving import arrive
from app.identity.events import happened
from app.identity.forms.signing_in import LoginForm
from app.identity.passkeys import offer
from app.identity.permissions import Can
from app.identity.rules import signing_in as rules
from app.identity.sessions import known_as, stop_session
from app.identity.views import bp
from app.telemetry import metrics
from app.web.forms import refuse_in_form
from app.web.pages import go, page, safe_next
from app.web.public import before_new_password, needs


@bp.route("/login", methods=["GET", "POST"])
@needs(Can.COME_IN)
def login() -> Response:
    """By email or username."""
    form = LoginForm(next=request.args.get("next"))
    home = url_for("outings.home")
    if current_user.is_authenticated:
        return go(safe_next(form.next.data, home))
    if not form.validate_on_submit():
        return page("identity/login.html", form=form, offer=offer(None), status=422 if form.is_submitted() else 200)
    try:
        attempt = rules.begin_attempt(form.login.data or "", request.remote_addr or "", known_as())
        # Booked for good before the slow hash, and no row stays locked while it runs.
        db.session.commit()
        user = rules.sign_in(form.password.data or "", attempt)
    except RuleBroken as refusal:
        db.session.commit()
        metrics.sign_in_answered("too_many" if isinstance(refusal, TooMany) else "refused")
        return refuse_in_form(form, refusal, "identity/login.html", offer=offer(None))
    db.session.commit()
    metrics.sign_in_answered("success")
    return arrive(user, remember=bool(form.remember.data), next=form.next.data)


@bp.post("/logout")
@needs(Can.COME_IN)
@before_new_password
def logout() -> Response:
    """Out, whoever it was."""
    if current_user.is_authenticated:
        happened("signed out", current_user, by=current_user)
    stop_session()
    db.session.commit()
    response = go(url_for("identity.login"))
    # What a shared browser may still hold of the pages; the cookies say nothing any more, or that this browser is known.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
