"""One site and everybody at it: a weapon is sent within a transaction that is rolled back, its answer is judged, and what it left behind is looked at."""

import contextlib
import csv
import io
import logging
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import unquote_to_bytes, urlsplit

from flask.testing import FlaskClient
from flask_sqlalchemy.session import Session
from openpyxl import load_workbook
from sqlalchemy import Connection, event
from werkzeug.test import TestResponse

from app.extensions import db
from app.identity.rules.sessions import begin_session
from app.web.spreadsheets import XLSX
from bench.hostile_texts import MARK
from bench.weapons import Target, Weapon
from tests.routes.forms import FORMS
from tests.routes.planting import encoded, quoted
from tests.routes.table import ROWS, endpoint_of
from tests.routes.world import WHO, InhabitedSite

UNESCAPED = re.compile(r"<zq|zq\"'|zq1337|<script>zq")
FORMULA = re.compile(r"\s*[=+\-@|]zq")
CELLS = re.compile(r"[,;\t\r\n]")
ELSEWHERE = re.compile(r"[/\\]{2}|[a-z][a-z0-9+.-]*:", re.IGNORECASE)
LEADING = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url")
# SQLSTATE classes of a statement that should not have been sent: a value out of its type, and syntax or an unknown type.
MALFORMED = ("22", "42", "0A", "54")
LOOKS = 2


@dataclass
class Tally:
    """What came of one kind of input."""

    inputs: int = 0
    answers: Counter[int] = field(default_factory=Counter)  # by hundreds
    seconds: float = 0


@dataclass
class Result:
    """The whole battle: counts by kind, and faults with the inputs that showed them."""

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    looked: int = 0

    def note(self, fault: str, weapon: Weapon, detail: object) -> None:
        """Keep the first of each fault."""
        self.faults[fault].append(f"{detail!s:.400} :: {weapon.in_words():.700}")

    def sent(self) -> int:
        """How many inputs so far."""
        return sum(tally.inputs for tally in self.tallies.values())

    def add(self, other: "Result") -> None:
        """What another part of the battle has found."""
        for kind, tally in other.tallies.items():
            mine = self.tallies[kind]
            mine.inputs += tally.inputs
            mine.answers += tally.answers
            mine.seconds += tally.seconds
        for fault, inputs in other.faults.items():
            self.faults[fault] += inputs
        self.looked += other.looked


class Siege:
    """One connection on which all is undone, and a browser for everybody."""

    def __init__(self, site: InhabitedSite, dice: random.Random) -> None:
        self.site, self.app, self.dice, self.result = site, site.app, dice, Result()
        self.targets = [
            Target(row, endpoint_of(self.app, row.method, row.address.format_map(site.ids))) for row in ROWS
        ]
        self.looks = [target.row.address.format_map(site.ids) for target in self.targets if target.row.method == "GET"]
        self.cookies = {who: self._cookie_of(who) for who in WHO}
        self.refused: list[str] = []
        self.log = io.StringIO()

    def _cookie_of(self, who: str) -> str | None:
        if who == "nobody":
            return None
        token = begin_session(self.site.world().users[who], "Firefox on Linux", remembered=False)
        db.session.commit()
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = token
        cookie = client.get_cookie("session")
        assert cookie
        return cookie.value

    def browser(self, who: str) -> FlaskClient:
        """Signed in as ``who``, and nothing else."""
        client = self.app.test_client()
        if cookie := self.cookies[who]:
            client.set_cookie("session", cookie)
        return client

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """What is done meanwhile, commits included, is rolled back; refused statements are noted."""
        connection = self.connection
        outer = connection.begin()
        try:
            yield
        finally:
            db.session.remove()
            outer.rollback()

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """All sessions work on one connection."""
        with db.engine.connect() as self.connection, contextlib.ExitStack() as undo:
            undo.enter_context(mock.patch.object(Session, "get_bind", new=self._bind))
            undo.enter_context(mock.patch.dict(db.session.session_factory.kw, join_transaction_mode="create_savepoint"))
            undo.enter_context(mock.patch.object(logging.getLogger("app"), "propagate", new=False))
            event.listen(db.engine, "handle_error", self._note_refusal)
            undo.callback(event.remove, db.engine, "handle_error", self._note_refusal)
            for handler in logging.getLogger("app").handlers:
                if isinstance(handler, logging.StreamHandler):
                    undo.callback(handler.setStream, handler.setStream(self.log))
            yield

    def _bind(self, *_: Any, **__: Any) -> Connection:
        return self.connection

    def _note_refusal(self, context: Any) -> None:
        error = context.original_exception
        code = getattr(error, "pgcode", None)
        # Without a code it was the driver that could not write the statement.
        if code is None or code.startswith(MALFORMED):
            self.refused.append(f"{code} {error!r:.120} in {context.statement!s:.160}")

    def strike(self, weapon: Weapon) -> None:
        """Send it, judge the answer, and look at what it left behind."""
        tally = self.result.tallies[weapon.kind]
        began = time.perf_counter()
        with self.undone():
            try:
                answer = self.send(weapon)
            except Exception as error:
                self.result.note("exception", weapon, repr(error))
            else:
                tally.answers[answer.status_code // 100] += 1
                self.judge(weapon, answer)
                if weapon.method == "POST" and answer.status_code < 400:
                    self.look(weapon, answer)
            for statement in self.refused:
                self.result.note("refused statement", weapon, statement)
            self.refused.clear()
            if "zq" in (said := self.log.getvalue()):
                self.result.note("said in the log", weapon, said)
            self.log.seek(0)
            self.log.truncate()
        tally.inputs += 1
        tally.seconds += time.perf_counter() - began

    def send(self, weapon: Weapon) -> TestResponse:
        """The honest request, changed as ``weapon`` says."""
        client = self.browser(weapon.who)
        more: dict[str, Any] = {}
        if weapon.method == "POST" and weapon.body is None:
            more = self.form(weapon)
        elif weapon.body is not None:
            more = {"data": weapon.body[0], "content_type": weapon.body[1]}
        path, _, asked = weapon.path.partition("?")
        query = "&".join(filter(None, (asked, *(f"{quoted(name)}={quoted(text)}" for name, text in weapon.query))))
        headers = dict(weapon.headers)
        if weapon.cookies:
            jar = "; ".join(f"{name}={value}" for name, value in weapon.cookies.items())
            headers["Cookie"] = jar
            client = self.app.test_client(use_cookies=False)
        if "Content-Type" in headers and "data" in more:
            more["content_type"] = headers.pop("Content-Type")
        self.app.config["WTF_CSRF_ENABLED"] = weapon.tokens
        # As a server passes it on: the client would read an address that begins with // as one of another site.
        environ = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")}
        try:
            answer = client.open(
                "/", method=weapon.method, query_string=query, headers=headers, environ_overrides=environ, **more
            )
            answer.get_data()
        finally:
            self.app.config["WTF_CSRF_ENABLED"] = False
        return answer

    def form(self, weapon: Weapon) -> dict[str, Any]:
        """The honest form with the weapon's fields in it."""
        world = self.site.world()
        form = dict(FORMS.get(weapon.target.endpoint, no_form)(world, world.users.get(weapon.who)))
        if weapon.everything is not None:
            form = dict.fromkeys(form, weapon.everything)
        form |= weapon.fields
        files = {name: value for name, value in form.items() if isinstance(value, tuple)}
        files |= {name: (io.BytesIO(content), file) for name, (content, file) in weapon.files.items()}
        if not files:
            return {"data": encoded(form), "content_type": "application/x-www-form-urlencoded"}
        sent = {name: str(text).encode("utf-8", "replace").decode() for name, text in form.items() if name not in files}
        files = {name: (stream, file.encode("utf-8", "replace").decode()) for name, (stream, file) in files.items()}
        return {"data": sent | files, "content_type": "multipart/form-data"}

    def look(self, weapon: Weapon, answer: TestResponse) -> None:
        """The page that it leads to, and some others, as several people see them now."""
        leads = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or ""
        pages = [(weapon.who, leads)] if leads.startswith("/") else []
        pages += [(self.dice.choice(WHO), self.dice.choice(self.looks)) for _ in range(LOOKS)]
        for who, page in pages:
            found = self.browser(who).get(page)
            self.result.looked += 1
            self.judge(weapon, found, f"afterwards {who} at {page}")

    def judge(self, weapon: Weapon, answer: TestResponse, where: str = "") -> None:
        """What must not be so, whatever was sent."""
        note = self.result.note
        if answer.status_code >= 500 and answer.status_code != 501:
            note("5xx", weapon, f"{answer.status_code} {where} {self.log.getvalue()[-350:]}")
        for name, value in answer.headers:
            if name.lower() == "x-zq" or MARK in value or (name == "Set-Cookie" and value.startswith("zq=")):
                note("unescaped", weapon, f"{where} {name}: {value}")
        for name in LEADING:
            if leads_elsewhere(answer.headers.get(name, "")):
                note("leads elsewhere", weapon, f"{where} {name}: {answer.headers[name]}")
        if answer.mimetype == "text/html":
            if found := UNESCAPED.search(answer.text):
                note("unescaped", weapon, f"{where} ...{answer.text[max(0, found.start() - 60) : found.end() + 40]}")
        elif answer.mimetype in ("text/csv", XLSX) and answer.status_code == 200:
            for bad in filter(FORMULA.match, cells(answer)):
                note("unescaped", weapon, f"{where} cell {bad}")


def no_form(*_: object) -> dict[str, Any]:
    """Of a page that has none."""
    return {}


def leads_elsewhere(address: str) -> bool:
    """Whether a browser would leave the site by it."""
    if not address:
        return False
    parts = urlsplit(address)
    return parts.netloc not in ("", "localhost") or (bool(ELSEWHERE.match(address)) and parts.netloc != "localhost")


def cells(answer: TestResponse) -> Iterator[str]:
    """Of a sheet: each cell as it is, and each part of one that another separator would make a cell."""
    if answer.mimetype == XLSX:
        sheet = load_workbook(io.BytesIO(answer.data)).active
        rows: Any = sheet.iter_rows(values_only=True)
    else:
        rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    for row in rows:
        for value in row:
            yield str(value)
            yield from CELLS.split(str(value))
