"""Another email address for one's account."""

from flask import Response, current_app, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from app.errors import NotAllowed, NotFound, RuleBroken
from app.extensions import db
from app.identity.confirming import is_confirmed
from app.identity.forms.emailed import EmailForm
from app.identity.models import Purpose
from app.identity.permissions import Can
from app.identity.rules import email as rules
from app.identity.rules.emailed import open_emailed
from app.identity.views import bp
from app.identity.views.emailed import unseen
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast


@bp.route("/account/email", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
def email() -> Response:
    """Ask for it."""
    if not current_app.config["SENDS_MAIL"]:
        raise NotFound
    if not (current_user.password_hash or is_confirmed()):
        # The form asks for the password; who has none shows otherwise that it is not just an open browser.
        return go(url_for(".confirm", next=url_for(".email")))
    form = EmailForm(email=None if current_user.email_proved else current_user.email)
    if not form.validate_on_submit():
        return page("identity/email.html", form=form, status=422 if form.is_submitted() else 200)
    new = (form.email.data or "").strip()
    try:
        attempt = rules.begin_email(current_user)
        db.session.commit()
        rules.ask_for_email(current_user, new, form.current.data or "", attempt)
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, "identity/email.html")
    db.session.commit()
    said = f"A mail is on its way to {new}. The address counts when you open the link in it."
    return toast(go(url_for(".account")), said)


@bp.route("/account/email/<token>", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
def confirm_email(token: str) -> Response:
    """Opened from the new mailbox by whoever is signed in to the account: an address with a slip in it is a stranger's, whom the
    link alone must not give anything. The button changes it."""
    link = open_emailed(token, Purpose.EMAIL)
    if link.user != current_user:
        raise NotAllowed("This link belongs to another account. Sign in to that one, then open the link again.")
    form = FlaskForm()
    if not form.validate_on_submit():
        return unseen(page("identity/email_confirm.html", form=form, link=link))
    user = rules.confirm_email(link)
    db.session.commit()
    return toast(go(url_for(".account")), f"You sign in with {user.email} from now on.")


@bp.route("/account/email/back/<token>", methods=["GET", "POST"])
@needs(Can.COME_IN)
def take_email_back(token: str) -> Response:
    """Opened from the old mailbox: it was somebody else. The button takes the change back."""
    link = open_emailed(token, Purpose.EMAIL_BACK)
    form = FlaskForm()
    if not form.validate_on_submit():
        return unseen(page("identity/email_back.html", form=form, link=link))
    password_token = rules.take_email_back(link)
    db.session.commit()
    said = "Your address is back, and every device is signed out. Now choose a new password."
    return toast(go(url_for(".reset", token=password_token)), said)
