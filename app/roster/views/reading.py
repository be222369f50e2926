"""The list, and the list as a file."""

import uuid
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Response, request
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.audit.rules import record
from app.extensions import db
from app.identity.permissions import Can
from app.identity.sessions import account
from app.outings.access import outing_for, plain_outing_for
from app.roster import export, queries
from app.roster.desk import Desk
from app.roster.statements import Show
from app.roster.views import bp
from app.signups.rules.book import book_in
from app.web.pages import page
from app.web.paging import pager
from app.web.public import needs

MOST_PAGES = queries.MOST_ROWS // queries.PAGE_SIZE
MOST_LETTERS = 80  # of a search; no name is longer


@dataclass(frozen=True)
class Asked:
    """Which part of the list an address asks for."""

    show: Show = Show.ALL
    search: str = ""
    number: int = 1

    @classmethod
    def of(cls, args: "MultiDict[str, str]") -> "Asked":
        """What cannot be read is not asked for."""
        wanted = args.get("show", "")
        return cls(
            show=Show(wanted) if wanted in list(Show) else Show.ALL,
            search=" ".join(args.get("q", "").replace("\0", "").split())[:MOST_LETTERS],
            number=min(max(1, args.get("page", 1, type=int)), MOST_PAGES),
        )

    @classmethod
    def by_page(cls) -> "Asked":
        """What the page shows from which htmx sends."""
        address = request.htmx.current_url or ""  # type: ignore[attr-defined]
        return cls.of(MultiDict(parse_qs(urlsplit(address).query)))

    def query(self, number: int | None) -> str:
        """The query of another page of the same list, with its question mark; nothing for the plain address. None is the first."""
        parts = {
            "show": self.show.value if self.show is not Show.ALL else "",
            "q": self.search,
            "page": str(number) if number else "",
        }
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"?{query}" if query else ""


def listing(desk: Desk, asked: Asked, *, or_first: bool = False) -> dict[str, Any]:
    """What the list's template needs; with ``or_first`` the first page, when the one asked for has just emptied.

    Raises:
        NotFound: there is no such page.
    """
    found = queries.page_of(desk.outing, asked.show, asked.search, asked.number)
    if or_first and asked.number > 1 and not found.texts:
        return listing(desk, replace(asked, number=1))
    if found.seats:
        desk.book = book_in(desk.outing, found.seats)
    pages = pager(found.number, found.total, queries.PAGE_SIZE, lambda to: desk.url + asked.query(to))
    return {"desk": desk, "asked": asked, "found": found, "pager": pages}


@bp.get("/outings/<uuid:outing_id>/roster")
@needs(Can.KEEP_ROSTER)
def index(outing_id: uuid.UUID) -> Response:
    """Who comes, who waits, what is missing."""
    desk = Desk(plain_outing_for(account(), Can.KEEP_ROSTER, outing_id))
    return page("roster/index.html", fragment="roster/_list.html", **listing(desk, Asked.of(request.args)))


@bp.get("/outings/<uuid:outing_id>/roster.csv")
@needs(Can.KEEP_ROSTER)
def as_csv(outing_id: uuid.UUID) -> Response:
    """The whole list for a spreadsheet. It leaves the house with names and phones, so it is written down who took it."""
    outing = outing_for(current_user, Can.KEEP_ROSTER, outing_id)
    desk = Desk(outing)
    asked = Asked.of(request.args)
    lines = desk.lines(queries.everybody(outing, asked.show))
    changes = {"rows": (None, len(lines)), "show": (None, asked.show.value)}
    record(current_user, "exported the roster", outing, changes=changes, unit_id=outing.unit_id, outing_id=outing.id)
    response = Response(export.as_csv(lines), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=export.filename(outing))
    db.session.commit()
    return response
