"""Put members of the host unit on the roster."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db
from app.families.models import PersonKind
from app.identity.permissions import Can
from app.outings.access import outing_for
from app.outings.models import Outing
from app.roster import queries, wording
from app.roster.adding import kind_of, offers_of, said_of
from app.roster.desk import Desk
from app.roster.forms import ReasonForm, first_error
from app.roster.lines import about
from app.roster.views import bp
from app.roster.views.reading import Asked
from app.signups.rules import leader
from app.signups.rules.leader import Done
from app.web.pages import go, page, wants_fragment
from app.web.public import needs
from app.web.toasts import toast

ADD = "/outings/<uuid:outing_id>/roster/add"


@bp.get(ADD)
@needs(Can.KEEP_ROSTER)
def add(outing_id: uuid.UUID) -> Response:
    """Who could be added; ``?q=`` is a part of the name."""
    return candidates(outing_for(current_user, Can.KEEP_ROSTER, outing_id), Asked.of(request.args).search)


@bp.post(ADD)
@needs(Can.KEEP_ROSTER)
def add_one(outing_id: uuid.UUID) -> Response:
    """Put one person on the roster."""
    outing = outing_for(current_user, Can.KEEP_ROSTER, outing_id)
    search = Asked.of(request.form).search
    form = ReasonForm()
    person_id = request.form.get("person_id", type=uuid.UUID)
    if person_id is None or not form.validate():
        raise RuleBroken(first_error(form) if person_id else "Choose who to add.", "overbook_reason")
    reason = (form.overbook_reason.data or "").strip() or None
    done = leader.add_person(current_user, outing, person_id, reason)
    db.session.commit()
    said, undo = what_was_done(outing, done)
    if wants_fragment():
        return toast(candidates(outing, search, with_counts=True), said, undo=undo)
    return toast(go(url_for(".add", outing_id=outing_id, q=search or None)), said, undo=undo)


def candidates(outing: Outing, search: str, *, with_counts: bool = False) -> Response:
    """The page, or the list of names in it."""
    desk = Desk(outing)
    found, total = queries.not_on_roster(outing, search)
    offers, day = offers_of(desk.book), desk.trip.first_day
    kinds = [kind_of(person, day) for person in found]
    return page(
        "roster/add.html",
        fragment="roster/_add.html",
        desk=desk,
        search=search,
        people=[
            (person, about(kind == PersonKind.YOUTH, person.birth_date, person.rank, day), offers[kind])
            for person, kind in zip(found, kinds, strict=True)
        ],
        total=total,
        offers=said_of(desk.book, offers),
        with_counts=with_counts,
    )


def what_was_done(outing: Outing, done: Done) -> tuple[str, dict[str, Any] | None]:
    """The toast's sentence, and how it is taken back."""
    row = done.participant
    found = queries.rows_of(outing, [row.id])[row.id]
    if done.entry is None:
        return wording.added(found.first_name, done, None), None
    url = url_for(".undo", outing_id=outing.id, participant_id=row.id)
    undo = {"url": url, "fields": {"entry": str(done.entry.id)}}
    return wording.added(found.first_name, done, Desk(outing).places.get(found.id)), undo
