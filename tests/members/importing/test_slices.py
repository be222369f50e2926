"""Long files are looked at and made in slices; plans that nobody made, and what was read, are gone in time."""

from datetime import date, timedelta

from sqlalchemy import func, select

from app.clock import frozen, now
from app.extensions import db
from app.families.models import GuardianProposal, Person
from app.members.importing import drafting, slices
from app.members.models import ImportRow, RosterImport
from tests.members.importing.helpers import count, make, member
from tests.members.rosters import SMALL, adults, data, person, youth
from tests.test_htmx import Elements, check_element


def test_a_long_file_shows_how_far_it_is_and_each_look_moves_it_on(bring, client, monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 10)
    monkeypatch.setattr(slices.go_on, "__defaults__", (-1,))
    at, page = bring(data(youth(*[person(f"A{n}", f"Holm{n}", str(n + 1)) for n in range(25)])))
    assert "10 of 25 rows" in page.text
    assert 'value="10"' in page.text
    for tag, said, form in (elements := Elements(page.text)).acting:
        check_element(tag, said, form, elements)
    part = client.get(at, headers={"HX-Request": "true"})
    assert (part.status_code, "20 of 25 rows" in part.text, "<html" in part.text) == (200, True, False)
    client.get(at)
    last = client.get(at, headers={"HX-Request": "true"})
    assert (last.status_code, last.headers["HX-Redirect"]) == (204, at)
    assert "Add A3 Holm3" in client.get(at).text


def test_slices_decide_like_one(bring, client, unit, monkeypatch):
    monkeypatch.setattr(slices, "SLICE", 1)
    member(unit, "7", birth_date=date(2014, 2, 3))
    born = {"Date of Birth": "02/03/2014"}
    file = data(
        youth(person("Ava") | born, person("Ava", number="7"), person("Ben"), person("Ben")),
        adults(person("Bo", number="99")),
        youth(person("Zoé", number="3", **{"Parent/Guardian Name": "Bo Holm", "Relationship": "(99) - Father of"})),
    )
    at, _ = bring(file)
    unclear = client.get(f"{at}?show=unclear").text
    assert "is the same person already" in unclear
    assert "has the same name, and neither a number nor a birth date tells them apart" in unclear
    assert "is member 99" in client.get(f"{at}?show=new").text.replace("guardian named: Bo Holm", "is member 99")
    monkeypatch.setattr("app.members.importing.applying.SLICE", 1)
    make(client, at)
    proposal = db.session.scalar(select(GuardianProposal))
    assert proposal.adult_id == db.session.scalar(select(Person.id).where(Person.first_name == "Bo"))


def test_a_plan_is_gone_after_a_day_and_at_once_when_it_is_given_up(bring, client, unit):
    at, _ = bring(SMALL.read_bytes())
    client.post(f"{at}/forget")
    assert count(RosterImport) == count(ImportRow) == 0
    at, _ = bring(SMALL.read_bytes())
    with frozen(now() + timedelta(days=1, minutes=1)):
        assert drafting.purge()["roster plans"] == 1
    assert count(ImportRow) == 0


def test_what_was_read_is_gone_once_the_import_is_made(bring, client):
    at, _ = bring(SMALL.read_bytes())
    make(client, at)
    assert db.session.scalar(select(func.count()).where(ImportRow.said.is_not(None))) == 0
    with frozen(now() + timedelta(days=32)):
        assert drafting.purge()["rows of roster imports"] == 5
    draft = db.session.scalar(select(RosterImport))
    draft.applied_at -= timedelta(days=31)
    assert "more than 30 days ago" in client.post(f"{at}/undo").text
