"""An account for a guardian, and the one-time link, which is shown once."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from flask_login import current_user

from app.clock import now, today
from app.errors import RuleBroken
from app.extensions import db
from app.identity.permissions import Can
from app.identity.rules.links import LINK_LIVES
from app.members.access import member_of
from app.members.forms import AccountForm
from app.members.models import Membership
from app.members.queries import ChildChoice, child_choices
from app.members.rules.accounts import AccountGiven, How, give_account, may_vouch_for, renew_link
from app.members.views import bp
from app.units.access import unit_for
from app.units.models import Unit
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast


@bp.route("/<uuid:person_id>/account", methods=["GET", "POST"])
@needs(Can.KEEP_MEMBERS)
def account(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Give an adult an account, and say whose guardian it is."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    place = member_of(unit.id, person_id)
    choices = child_choices(unit.id, place.person, today(unit.time_zone))
    form = account_form(place, choices)
    context = account_context(unit, place, choices)
    if not form.validate_on_submit():
        return page("members/account.html", form=form, status=422 if form.is_submitted() else 200, **context)
    try:
        given = give_account(
            current_user, unit, person_id, form.email.data or "", form.ids(form.children), form.ids(form.had)
        )
    except RuleBroken as refusal:
        db.session.rollback()
        return refuse_in_form(form, refusal, "members/account.html", **context)
    db.session.commit()
    return link_page(unit, place, given) if given.token else done(unit, place, given)


def account_form(place: Membership, choices: list[ChildChoice]) -> AccountForm:
    """The form with what is known: the email of the roster, the children that it names or that the account has."""
    held = [str(child.id) for child in choices if child.is_held]
    user = place.person.user
    proposed = [str(child.id) for child in choices if child.is_proposed]
    form = AccountForm(email=place.person.email, children=held if user else proposed, had=held)
    form.children.choices = {str(child.id): child.name for child in choices}
    form.had.choices = form.children.choices
    if user:
        # An admin of one unit must not turn somebody's account over to another address.
        form.email.validators = []
        form.email.data = user.email
    return form


def account_context(unit: Unit, place: Membership, choices: list[ChildChoice]) -> dict[str, Any]:
    """What the page needs beside the form."""
    user = place.person.user
    return {
        "unit": unit,
        "person": place.person,
        "near": [child for child in choices if child.is_near],
        "others": [child for child in choices if not child.is_near],
        "may_link": user is not None and may_vouch_for(current_user, user),
        "is_adult": place.person.kind_on(today(unit.time_zone)) == "adult",
    }


@bp.post("/<uuid:person_id>/account/link")
@needs(Can.KEEP_MEMBERS)
def account_link(unit_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """A new one-time link for an account that is there."""
    unit = unit_for(current_user, Can.KEEP_MEMBERS, unit_id)
    place = member_of(unit.id, person_id)
    given = renew_link(current_user, unit, person_id)
    db.session.commit()
    return link_page(unit, place, given)


def link_page(unit: Unit, place: Membership, given: AccountGiven) -> Response:
    """The link, on screen this once: the answer to the POST itself, so that no address, history or session keeps it."""
    response = page(
        "members/link.html",
        unit=unit,
        person=place.person,
        user=given.user,
        link=url_for("identity.welcome", token=given.token, _external=True),
        expires=now() + LINK_LIVES,
        zone=ZoneInfo(unit.time_zone),
        renewed=given.how != How.MADE,
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def done(unit: Unit, place: Membership, given: AccountGiven) -> Response:
    """Back to the list with a sentence."""
    name = place.person.full_name
    said = {
        How.LINKED: f"{given.user.email} has an account already. It is connected to {name} now; the password stays the same.",
        How.KEPT: f"The account of {name} is saved.",
    }[given.how]
    return toast(go(url_for(".account", unit_id=unit.id, person_id=request.view_args["person_id"])), said)  # type: ignore[index]
