"""Sign in, sign out, and one's own account."""

from flask import Blueprint, Response, request, session, url_for
from flask_login import current_user, logout_user

from app.errors import RuleBroken
from app.extensions import db
from app.identity import rules
from app.identity.forms import ChangePasswordForm, LoginForm, NewPasswordForm
from app.identity.sessions import known_as, remember_browser, start_session
from app.web.forms import refuse_in_form
from app.web.pages import go, page, safe_next
from app.web.public import before_new_password, public
from app.web.toasts import toast

bp = Blueprint("identity", __name__)


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> Response:
    """By email or username."""
    form = LoginForm(next=request.args.get("next"))
    home = url_for("outings.home")
    if current_user.is_authenticated:
        return go(safe_next(form.next.data, home))
    if not form.validate_on_submit():
        return page("identity/login.html", form=form, status=422 if form.is_submitted() else 200)
    try:
        attempt = rules.begin_attempt(form.login.data or "", request.remote_addr or "", known_as())
        # Booked for good before the slow hash, and no row stays locked while it runs.
        db.session.commit()
        user = rules.sign_in(form.login.data or "", form.password.data or "", attempt)
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, "identity/login.html")
    db.session.commit()
    start_session(user, bool(form.remember.data))
    response = go(safe_next(form.next.data, home))
    remember_browser(response, user)
    return response


@bp.post("/logout")
@public
@before_new_password
def logout() -> Response:
    """Out, whoever it was."""
    logout_user()
    session.clear()
    return go(url_for("identity.login"))


@bp.get("/account")
def account() -> Response:
    """Who one is here."""
    return page("identity/account.html")


@bp.route("/account/password", methods=["GET", "POST"])
@before_new_password
def password() -> Response:
    """Change one's own password."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return page("identity/password.html", form=form, status=422 if form.is_submitted() else 200)
    try:
        attempt = rules.begin_change(current_user)
        db.session.commit()
        rules.change_password(current_user, form.current.data or "", form.password.data or "", attempt)
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, "identity/password.html")
    db.session.commit()
    start_session(current_user._get_current_object(), session.permanent)
    return toast(go(url_for("outings.home")), "Your password is changed. Other devices are signed out.")


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@public
def welcome(token: str) -> Response:
    """A one-time link: choose a password and come in. Opening the page spends nothing; sending the form does."""
    form = NewPasswordForm()
    link = rules.open_link(token)
    if form.validate_on_submit():
        try:
            rules.set_password(link.user, form.password.data or "")
        except RuleBroken as refusal:
            return refuse_in_form(form, refusal, "identity/welcome.html", user=link.user)
        db.session.commit()
        start_session(link.user, remember=False)
        return toast(go(url_for("outings.home")), f"Welcome, {link.user.name}. Your password is set.")
    status = 422 if form.is_submitted() else 200
    response = page("identity/welcome.html", form=form, user=link.user, status=status)
    # The address is the key: no other site, and no log of one, may see it.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
