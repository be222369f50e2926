"""All that is one's own is in the file, and nothing of anybody else's."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry, HealthRead
from app.audit.rules import record
from app.clock import now
from app.duplicates.models import PersonMerge
from app.extensions import db, new_id
from app.families.models import Collector, EmergencyContact, Guardian, Person, Training, TrainingClaim
from app.identity.models import BrowserSession, SecondFactor
from app.members.models import JoinRequest, Membership, RosterImport
from app.privacy.left_out import LEFT_OUT
from app.privacy.sections import SECTIONS
from app.signups.consent import TEXTS
from tests.factories import keep, make_adult, make_lead, make_outing, make_person, make_role, make_unit, make_user
from tests.routes.marks import HEALTH_FIELDS, plant
from tests.signups.helpers import row_of, sign_up


def test_every_table_is_decided_on():
    told = [table for section in SECTIONS for table in section.tables]
    assert len(told) == len(set(told))
    decided = {*told, *LEFT_OUT}
    assert set(db.metadata.tables) - decided == set(), "a new table: add it to SECTIONS or, with a reason, to LEFT_OUT"
    assert decided - set(db.metadata.tables) == set()
    assert not {*told} & LEFT_OUT.keys()


def plant_family(unit, mark):
    """A guardian with a row of their own in every table that the file tells of; each holds ``mark``."""
    user = make_user(f"{mark}-account@example.org".lower(), name=f"{mark}-NAME")
    make_role(user, unit)
    make_adult(f"{mark}-ADULT", "Holm", unit=unit, user_id=user.id)
    child = make_person(f"{mark}-CHILD", "Holm", unit=unit, guardian=user)
    plant(child, mark, mark[-1])
    outing = make_outing(unit, title=f"{mark}-OUTING", created_by_id=user.id)
    make_lead(user, outing)
    sign_up(user, outing, [child])
    row = row_of(outing, child)
    row.guest_patrol, row.note = f"{mark}-PATROL", "NOTE-OF-A-LEADER"
    db.session.query(Membership).filter_by(person_id=child.id).one().position = f"{mark}-POSITION"
    keep(HealthRead(person_id=child.id, reader_id=make_user().id, purpose=f"{mark}-PURPOSE"))
    keep(Training(person_id=child.id, code="Y01", name=f"{mark}-TRAINING"))
    keep(TrainingClaim(person_id=child.id, code="C32", name=f"{mark}-CLAIM", completed_on=now().date()))
    keep(SecondFactor(user_id=user.id, kind="app", name=f"{mark}-FACTOR", secret="SEALED-SECRET"))
    keep(
        JoinRequest(
            unit_id=unit.id, user_id=user.id, name="x", email="x@example.org", message=f"{mark}-ASKS", state="waiting"
        )
    )
    keep(RosterImport(unit_id=unit.id, by_id=user.id, file_name=f"{mark}-FILE", style="other", state="ready"))
    record(user, "person changed", child, changes={"first_name": (f"{mark}-BEFORE", "Ava")}, reason="REASON-OF-ADMIN")
    record(user, "changed", row, changes={"note": ("NOTE-OF-A-LEADER", None)})
    db.session.commit()
    return user, child


@pytest.fixture
def homes(db_session):
    """Two families, of which one child has a second home."""
    unit = make_unit()
    mine, child = plant_family(unit, "MINE1")
    theirs, other_child = plant_family(unit, "THEIRS2")
    second = make_user(email="second-home@example.org", name="Nils Holm")
    keep(Guardian(user_id=second.id, person_id=child.id, may_see_health=False))
    for user, name in ((mine, "AUNT-OF-MINE"), (second, "AUNT-OF-SECOND")):
        keep(
            EmergencyContact(person_id=child.id, position=2 + (user is mine), name=name, phone="5", home_of_id=user.id)
        )
        keep(Collector(person_id=child.id, may_collect=True, name=f"COLLECTING-{name}", home_of_id=user.id))
    record(second, "guardian added", child, changes={"guardian": (None, second.email), "may_consent": (None, True)})
    # As a leader I changed somebody of another family: what, is theirs.
    record(mine, "person changed", other_child, changes={"phone": ("THEIRS-BY-ME", None)})
    keep(HealthRead(person_id=other_child.id, reader_id=mine.id, purpose="Roster of a camp"))
    db.session.commit()
    return mine, second, theirs


@pytest.fixture
def file_of(app, sign_in):
    def file_of(user):
        client = app.test_client()
        sign_in(client, user)
        answer = client.post("/account/data")
        assert (answer.status_code, answer.mimetype) == (200, "application/zip")
        assert answer.headers["Cache-Control"] == "no-store"
        with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
            return json.loads(file.read("data.json")), file.read("index.html").decode()

    return file_of


def test_all_that_is_mine_is_in_the_file(homes, file_of):
    data, html = file_of(homes[0])
    assert [section.key for section in SECTIONS if not data[section.key]] == ["invitations"]
    planted = [
        *(
            "ADULT",
            "CHILD",
            "OUTING",
            "POSITION",
            "PURPOSE",
            "TRAINING",
            "CLAIM",
            "FACTOR",
            "FILE",
            "BEFORE",
            "PATROL",
            "NAME",
        ),
        "account@example.org",
    ]
    for mark in (
        *(f"MINE1-{word}" for word in planted),
        *(f"{field}-MINE1" for field in HEALTH_FIELDS),
        "CONTACT-MINE1",
        "COLLECTOR-MINE1",
        "AUNT-OF-MINE",
        "COLLECTING-AUNT-OF-MINE",
    ):
        mark = mark.lower() if "@" in mark else mark
        assert mark in json.dumps(data), mark
        assert mark in html, mark
    (consent,) = data["consents"]
    assert consent["text"] == TEXTS["2026-11"]
    assert consent["terms"]["place"] == "Elk Ridge"
    assert {"id", "is_you"} <= data["people"][0].keys()
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "own data downloaded"))
    assert (entry.actor_id, entry.subject_id) == (homes[0].id, homes[0].id)


def test_nothing_of_anybody_else_is_in_the_file(homes, file_of):
    mine, second, _ = homes
    data, html = file_of(mine)
    for text in (json.dumps(data), html):
        for mark in ("THEIRS", "second-home@", "AUNT-OF-SECOND", "PICK-UP", "PROPOSAL", "OF-A-LEADER", "REASON-OF"):
            assert mark not in text, mark
        for secret in ("SEALED-SECRET", "$argon2", "token_hash"):
            assert secret not in text, secret
    assert [row["person"] for row in data["health_reads"]] == ["MINE1-CHILD Holm", "somebody of another family"]
    # The child's other home gets the child, its own contact, and no health notes.
    data, html = file_of(second)
    assert "MINE1-CHILD" in html
    assert "AUNT-OF-SECOND" in html
    for mark in (
        "AUNT-OF-MINE",
        "mine1-account",
        *(f"{field}-MINE1" for field in HEALTH_FIELDS),
        "MINE1-PURPOSE",
        "MINE1-ADULT",
        "MINE1-FILE",
    ):
        assert mark not in json.dumps(data), mark
        assert mark not in html, mark
    assert data["consents"] == data["signups"] == data["health_notes"] == data["health_reads"] == []


def test_who_looked_at_a_row_that_was_merged_into_ours_is_in_the_file(homes, file_of):
    mine, gone = homes[0], new_id()
    child = db.session.scalars(select(Person).where(Person.first_name == "MINE1-CHILD")).one()
    unit_id = db.session.scalars(select(Membership.unit_id).where(Membership.person_id == child.id)).one()
    keep(HealthRead(person_id=gone, reader_id=homes[2].id, purpose="Roster of before"))
    before, _ = file_of(mine)
    assert "Roster of before" not in json.dumps(before)
    keep(PersonMerge(unit_id=unit_id, kept_id=child.id, gone_id=gone, by_id=mine.id, at=now()))
    data, _ = file_of(mine)
    assert {"person": "MINE1-CHILD Holm", "purpose": "Roster of before"}.items() <= data["health_reads"][-1].items()
    other, _ = file_of(homes[2])
    assert "MINE1-CHILD" not in json.dumps(other), "whoever looked is not told at whom"


def test_whoever_takes_it_shows_again_who_they_are(homes, app, sign_in, client):
    sign_in(client, homes[0])
    db.session.query(BrowserSession).filter_by(user_id=homes[0].id).update({"confirmed_at": now() - timedelta(hours=1)})
    db.session.commit()
    answer = client.post("/account/data")
    assert answer.location == "/account/confirm?next=/account/data"
    assert client.get("/account/data").status_code == 200


def test_five_in_a_quarter_of_an_hour_are_enough(homes, client, sign_in):
    sign_in(client, homes[0])
    answers = [client.post("/account/data").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_a_long_chapter_is_cut_and_says_so(homes, file_of, monkeypatch):
    monkeypatch.setattr("app.privacy.download.MOST_ROWS", 1)
    data, html = file_of(homes[0])
    assert len(data["log"]) == 1
    assert "log" in data["cut_short"]
    assert "There is more than this file can hold." in html
