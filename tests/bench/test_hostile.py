"""The short form of ``python -m bench.hostile``, and that it would see what it looks for."""

import random
from collections.abc import Iterator

import pytest
from flask import Response
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.extensions import db
from bench.hostile import besiege, besieged_site
from bench.hostile_texts import MARK
from bench.siege import Siege
from bench.weapons import KINDS, Weapon
from tests.routes.world import InhabitedSite


@pytest.fixture(scope="module")
def site() -> Iterator[InhabitedSite]:
    with besieged_site() as site:
        yield site


def test_hostile_inputs_break_nothing_and_stay_text(site: InhabitedSite) -> None:
    result = besiege(site, inputs=200, number=random.randrange(10**6))
    while missing := set(KINDS) - set(result.tallies):
        assert result.sent() < 2000, f"nothing draws {missing}"
        result.add(besiege(site, inputs=50, number=random.randrange(10**6)))
    assert result.faults == {}
    assert sum(tally.inputs for tally in result.tallies.values()) >= 200
    assert result.looked > 20, "hardly anything was accepted, so nothing was looked at"


def test_each_fault_would_be_seen(site: InhabitedSite) -> None:
    siege = Siege(site, random.Random(1))
    weapon = Weapon("fields", siege.targets[0], "nobody", "GET", "/")

    def fault(body: str = "", status: int = 200, mimetype: str = "text/html", **headers: str) -> list[str]:
        siege.result.faults.clear()
        answer = Response(body, status, headers, mimetype)
        siege.judge(weapon, TestResponse(answer.response, answer.status, answer.headers, weapon))  # type: ignore[arg-type]
        return list(siege.result.faults)

    assert fault("<p>&lt;zq&#34;&#39;&gt;") == []
    assert fault(f"<p>{MARK}") == ["unescaped"]
    assert fault("<p>zq1337") == ["unescaped"]
    assert fault("name,note\r\nA,=zq(1)\r\n", mimetype="text/csv") == ["unescaped"]
    assert fault("name,note\r\nA,'=zq(1)\r\n", mimetype="text/csv") == []
    assert fault(status=500) == ["5xx"]
    assert fault(status=303, Location="/outings?next=//zq.example") == []
    for address in ("//zq.example", "https://zq.example/", "/\\zq.example", "javascript:zq()"):
        assert fault(status=303, Location=address) == ["leads elsewhere"]


@pytest.mark.parametrize("statement", ["SELEC 1", "SELECT 'x'::uuid", "SELECT 2147483648::int", "SELECT pg_sleep('x')"])
def test_a_refused_statement_would_be_seen(site: InhabitedSite, statement: str) -> None:
    siege = Siege(site, random.Random(1))
    with siege.standing(), siege.undone(), pytest.raises(Exception, match="psycopg2"):
        db.session.execute(text(statement))
    assert len(siege.refused) == 1
