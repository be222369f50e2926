"""The list of outings and the page of one."""

import uuid
from functools import partial

from flask import Response, request, url_for
from flask_login import current_user

from app.clock import now
from app.identity.permissions import Can
from app.identity.sessions import account, ask_to_sign_in
from app.members.waiting import units_asked
from app.outings import access, cards, noticeboard, queries
from app.outings.details import details_of
from app.outings.leads import leaders_of
from app.outings.printing import printed
from app.outings.seatbook import seatbook
from app.outings.views import bp
from app.units.access import may_somewhere
from app.web.pages import page
from app.web.paging import asked_page, pager
from app.web.public import needs


@bp.get("/")
@needs(Can.COME_IN)
def home() -> Response:
    """What comes next; to strangers, what this is."""
    if current_user.is_authenticated:
        return listing(past=False)
    return page("outings/home.html", shows_outings=noticeboard.is_hung())


@bp.get("/outings")
@needs(Can.COME_IN)
def index() -> Response:
    """Coming or past outings, a page at a time; to strangers those of units that show their list."""
    if not current_user.is_authenticated:
        return on_the_board()
    return listing(past=request.args.get("when") == "past")


def on_the_board() -> Response:
    """What strangers may read, or the way in where no unit shows its list."""
    board = noticeboard.board(now(), asked_page())
    if not board.notices:
        return ask_to_sign_in()
    pages = pager(board.number, board.total, noticeboard.PAGE_SIZE, partial(address, url_for(".index"), False))
    return page("outings/board.html", board=board, pager=pages)


def listing(*, past: bool) -> Response:
    """The list, as the page or as the fragment that replaces it."""
    user, moment = account(), now()
    found = queries.outings_of(user, moment, past=past, number=asked_page())
    here, may_plan = url_for(".index"), may_somewhere(user, Can.PLAN_OUTINGS)
    return page(
        "outings/index.html",
        fragment="outings/_list_swap.html",
        here=here,
        cards=printed(found.rows, moment, here),
        lead=cards.lead(found, past=past),
        past=past,
        pager=pager(found.number, found.total, queries.PAGE_SIZE, partial(address, here, past)),
        may_plan=may_plan,
        asked=[] if found.rows or past or may_plan else units_asked(user.id),
    )


def address(here: str, past: bool, number: int | None) -> str:
    """Of a page of the list; the first of the coming outings has the plain one."""
    parts = ["when=past"] * past + ([f"page={number}"] if number else [])
    return f"{here}?{'&'.join(parts)}" if parts else here


@bp.get("/outings/<uuid:outing_id>")
@needs(Can.SEE_OUTING)
def show(outing_id: uuid.UUID) -> Response:
    """Everything a parent needs to know of one outing."""
    outing = access.outing_for_reader(current_user, outing_id)
    taken, own = seatbook().standing(current_user.id, [outing.id])
    details = details_of(outing, taken.get(outing.id, cards.NOBODY), own.get(outing.id, []), now())
    return page(
        "outings/show.html",
        fragment="outings/_seats.html",
        outing=outing,
        details=details,
        asks_permission=seatbook().permission_asked(current_user.id, outing) if own and details.action else "",
        guest_units=queries.guest_unit_names(outing.id),
        plans=access.may_with(current_user, Can.PLAN_OUTINGS, outing),
        leaders=leaders_of(outing),
    )
