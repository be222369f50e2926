"""Who else looks after a child, the link that lets another guardian in, and who changed what."""

import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from flask_login import current_user

from app.audit.log import Wanted, entries
from app.audit.wording import OF_HEALTH, PAPERS
from app.extensions import db
from app.families import guardians
from app.families.access import Tie, tie_of
from app.families.forms import RELATIONSHIPS
from app.families.guardians import Rights
from app.families.queries import unit_of
from app.families.views import bp
from app.identity.permissions import Can
from app.web.pages import go, page
from app.web.public import needs
from app.web.toasts import toast


@bp.get("/family/people/<uuid:person_id>/guardians")
@needs(Can.SEE_PERSON)
def homes(person_id: uuid.UUID) -> Response:
    """Everybody who looks after a child, by name and no more."""
    return homes_page(tie_of(current_user, person_id), None)


@bp.post("/family/people/<uuid:person_id>/guardians")
@needs(Can.INVITE_GUARDIAN)
def invite(person_id: uuid.UUID) -> Response:
    """Make a link for another guardian, or take all open ones back. The link is in the answer itself, this once."""
    tie = tie_of(current_user, person_id)
    if request.form.get("withdraw"):
        guardians.withdraw(current_user, tie)
        db.session.commit()
        return toast(go(url_for(".homes", person_id=person_id)), "No invitation works any longer.")
    relationship = request.form.get("relationship_to", "")
    rights = Rights(**{name: name in request.form for name in Rights.__dataclass_fields__})
    token = guardians.invite(current_user, tie, relationship if relationship in RELATIONSHIPS else None, rights)
    db.session.commit()
    return homes_page(tie_of(current_user, person_id), url_for(".invitation", token=token, _external=True))


def homes_page(tie: Tie, link: str | None) -> Response:
    """The page, with the link when one was just made."""
    response = page(
        "families/homes.html",
        person=tie.person,
        guardians=guardians.guardians_of(tie.person.id),
        may_invite=guardians.may_invite(tie),
        open_links=len(guardians.open_invitations(tie.person.id)) if guardians.may_invite(tie) else 0,
        relationships=RELATIONSHIPS,
        link=link,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/family/people/<uuid:person_id>/log")
@needs(Can.SEE_PERSON)
def log(person_id: uuid.UUID) -> Response:
    """Who changed what about this person, in words."""
    tie = tie_of(current_user, person_id)
    before = request.args.get("before", type=uuid.UUID)
    wanted = Wanted(subject_id=tie.person.id, with_places=True, before=before)
    if not tie.may_see_health:
        wanted = replace(wanted, untold=frozenset({OF_HEALTH}), untold_fields=PAPERS)
    unit = unit_of(tie.person.id)
    zone = ZoneInfo(unit.time_zone if unit else "UTC")
    found, last = entries(wanted, for_family=True, zone=zone)
    older = url_for(".log", person_id=person_id, before=last) if last else None
    return page("families/log.html", person=tie.person, entries=found, older=older, unit=unit, zone=zone)
