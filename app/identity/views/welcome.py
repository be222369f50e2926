"""The one-time link with which a family sets its first password."""

from flask import Response

from app.errors import RuleBroken
from app.extensions import db
from app.identity.arriving import arrive
from app.identity.forms.passwords import NewPasswordForm
from app.identity.permissions import Can
from app.identity.rules.email import ask_for_proof
from app.identity.rules.links import open_link
from app.identity.rules.passwords import set_password
from app.identity.views import bp
from app.web.forms import refuse_in_form
from app.web.pages import page
from app.web.public import needs
from app.web.toasts import toast


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@needs(Can.COME_IN)
def welcome(token: str) -> Response:
    """A one-time link: choose a password and come in. Opening the page spends nothing; sending the form does."""
    form = NewPasswordForm()
    link = open_link(token)
    if form.validate_on_submit():
        try:
            set_password(link.user, form.password.data or "")
        except RuleBroken as refusal:
            return refuse_in_form(form, refusal, "identity/welcome.html", user=link.user)
        if not link.user.email_proved:
            ask_for_proof(link.user, link.user.email)
        db.session.commit()
        return toast(
            arrive(link.user, remember=False, next=None, by_mail=True),
            f"Welcome, {link.user.name}. Your password is set.",
        )
    status = 422 if form.is_submitted() else 200
    response = page("identity/welcome.html", form=form, user=link.user, status=status)
    # The address is the key: no other site, and no log of one, may see it.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
