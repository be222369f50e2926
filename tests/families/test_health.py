"""Health and diet: sealed in the database, asked on a page of its own, and never seen by anybody without a trace."""

import logging
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select, text

from app.audit.models import AuditEntry, HealthRead
from app.clock import now
from app.config import ConfigError
from app.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db
from app.families.access import tie_of
from app.families.health import notes, rotation, rules, vault
from app.families.health.answers import NOTHING, Allergy, Answers, Medication
from app.families.health.models import HealthNote
from app.families.health.notes import Papers
from app.families.health.vault import Unreadable
from app.families.models import Guardian
from app.families.startup import refuse_open_health
from tests.factories import keep, make_health, make_leader, make_outing, make_person, make_unit, make_user

FULL = Answers(
    diets=("vegan", "nut_free"),
    diet_words="no raw onion",
    allergies=(Allergy("Peanuts", "life_threatening", "cannot breathe", "inject, call 911"),),
    allergy_words="hay fever in May",
    carried=("auto_injector",),
    medications=(Medication("Cetirizine", "10 mg", "8:00 with food"),),
    conditions="asthma",
)
WORDS = ("onion", "Peanuts", "breathe", "inject", "hay fever", "Cetirizine", "10 mg", "with food", "asthma", "vegan")


@pytest.fixture
def parent(db_session):
    return make_user(name="Astrid Holm")


@pytest.fixture
def ava(parent):
    return make_person("Ava", "Holm", guardian=parent)


def kept(user, person):
    return notes.kept_for_guardian(tie_of(user, person.id))


def entries(person):
    return db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == person.id).order_by(AuditEntry.id)
    ).all()


# --- sealed


def test_the_database_and_the_logs_see_no_word_of_it(parent, ava, caplog):
    caplog.set_level(logging.DEBUG)
    sent = []

    def hear(connection, cursor, statement, parameters, context, executemany):
        sent.append(f"{statement} {parameters}")

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        rules.write(parent, ava.id, FULL, Papers(), kept(parent, ava).version)
        db.session.commit()
        assert kept(parent, ava).answers == FULL
        assert notes.read_for_staff(make_user(), [ava.id], None, "Roster") == {ava.id: FULL}
        db.session.commit()
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    asked = "SELECT h::text, encode(sealed, 'escape'), encode(flags, 'escape') FROM health_notes h"
    rows = str(db.session.execute(text(asked)).all())
    trail = str([(entry.action, entry.changes) for entry in entries(ava)])
    everything = "\n".join([rows, trail, caplog.text, *sent])
    assert "INSERT INTO health_notes" in everything
    assert [word for word in WORDS if word in everything] == []
    assert entries(ava)[0].changes["allergies"] == ["none", "a note"]


def test_a_seal_is_for_one_person_one_column_and_whoever_has_the_key(app, parent, ava, monkeypatch):
    ben, old = make_person("Ben", "Holm", guardian=parent), app.config["HEALTH_KEY"]
    note = make_health(ava, FULL)
    assert vault.seal("x", ava.id, vault.FLAGS) != vault.seal("x", ava.id, vault.FLAGS)
    copied = keep(HealthNote(person_id=ben.id, sealed=note.sealed, key_id=note.key_id))
    for person_id, sealed, what in (
        (ben.id, note.sealed, vault.ANSWERS),
        (ava.id, note.sealed, vault.FLAGS),
        (ava.id, note.flags, vault.ANSWERS),
        (ava.id, note.sealed[:-1] + bytes([note.sealed[-1] ^ 1]), vault.ANSWERS),
        (ava.id, note.sealed[:9], vault.ANSWERS),
    ):
        with pytest.raises(Unreadable):
            vault.unseal(sealed, person_id, what)
    with pytest.raises(Unreadable, match="Tell whoever runs the site"):
        notes.read_for_staff(make_user(), [copied.person_id], None, "Roster")
    monkeypatch.setitem(app.config, "HEALTH_KEY", "another key " * 4)
    with pytest.raises(Unreadable):
        kept(parent, ava)
    # A roster is shown even so.
    assert notes.flags_in(note.flags, str(ava.id), "nonswimmer") == "nonswimmer"
    monkeypatch.setitem(app.config, "HEALTH_KEY_FALLBACKS", [old])
    assert kept(parent, ava).answers == FULL
    assert notes.flags_in(note.flags, str(ava.id), None) == "auto_injector vegan nut_free"


def test_production_does_not_serve_without_a_key(app, ava, monkeypatch):
    refuse_open_health(app)
    monkeypatch.setitem(app.config, "APP_ENV", "production")
    refuse_open_health(app)
    monkeypatch.setitem(app.config, "HEALTH_KEY", "")
    with pytest.raises(ConfigError, match=r"HEALTH_KEY is missing; .*Make one with"):
        refuse_open_health(app)
    with pytest.raises(ConfigError, match="HEALTH_KEY is missing"):
        make_health(ava, FULL)


def test_what_the_release_before_wrote_openly_is_read_and_sealed_with_the_next_change(parent, ava):
    note = keep(HealthNote(person_id=ava.id, diet="vegan\nno soy", allergies="bees"))
    before = kept(parent, ava)
    assert before.answers == Answers(diet_words="vegan\nno soy", allergy_words="bees")
    rules.write(parent, ava.id, Answers(**before.answers.__dict__ | {"conditions": "asthma"}), Papers(), before.version)
    assert (note.diet, note.allergies, kept(parent, ava).answers.diet_words) == (None, None, "vegan\nno soy")
    # It may go on writing for some minutes; nothing of either is lost.
    note.diet = "halal"
    assert kept(parent, ava).answers == Answers(
        diet_words="vegan\nno soy\nhalal", allergy_words="bees", conditions="asthma"
    )


def test_the_key_is_changed_while_the_site_runs_and_may_be_cut_off(app, parent, ava, monkeypatch):
    def run(*expected):
        ran = app.test_cli_runner().invoke(args=["rotate-health-key"])
        for sentence in expected:
            assert sentence in ran.output
        return ran.exit_code

    old, new = app.config["HEALTH_KEY"], "a newer key " * 4
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    people = [ava, *(make_person("Ben", "Holm", guardian=parent) for _ in range(4))]
    for person in people[:3]:
        make_health(person, FULL, updated_at=now() - timedelta(days=9))
    keep(HealthNote(person_id=people[3].id, diet="vegan", allergies=""))
    keep(HealthNote(person_id=people[4].id, confirmed_at=now()))
    written = kept(parent, ava).confirmed_at
    monkeypatch.setitem(app.config, "HEALTH_KEY", new)
    assert run("3 health notes open with no key that is set") == 1
    monkeypatch.setitem(app.config, "HEALTH_KEY_FALLBACKS", [old])
    batches = rotation.rotate()
    assert (next(batches).done, batches.close()) == (2, None)  # cut off
    assert run("1 of 1 health notes are sealed") == 0
    assert run("All health notes are sealed with the newest key.") == 0
    monkeypatch.setitem(app.config, "HEALTH_KEY_FALLBACKS", [])
    assert [kept(parent, person).answers for person in people[:3]] == [FULL] * 3
    assert kept(parent, people[3]).answers == Answers(diet_words="vegan")
    assert set(db.session.scalars(select(HealthNote.key_id))) == {vault.key_id(new), None}
    assert (kept(parent, ava).confirmed_at, entries(ava)) == (written, []), "nobody has said anything"


def test_two_persons_who_are_one_keep_what_both_had(parent, ava):
    other = make_person("Ava", "Holm")
    make_health(ava, Answers(diets=("vegan",), conditions="asthma"))
    keep(HealthNote(person_id=other.id, allergies="bees"))
    rules.hand_over(other.id, ava.id)
    assert kept(parent, ava).answers == Answers(diets=("vegan",), allergy_words="bees", conditions="asthma")
    third = make_person("Ava", "Holm", guardian=parent)
    rules.hand_over(ava.id, third.id)
    rules.hand_over(ava.id, third.id)
    assert kept(parent, third).answers.conditions == "asthma"
    assert db.session.scalars(select(HealthNote.person_id)).all() == [third.id]


# --- who reads and writes


def test_a_guardian_reads_without_a_log_and_everybody_elses_look_can_be_seen(parent, ava, count_statements):
    unit = make_unit()
    outing, leader, ben = make_outing(unit), make_leader(unit), make_person("Ben")
    leader.name = "Coach Ruiz"
    make_health(ava, FULL)
    make_health(ben, NOTHING, confirmed_at=now())
    assert kept(parent, ava).answers == FULL
    assert notes.read_for_staff(parent, [ava.id], None, "roster"), "one's own family is not logged"
    assert db.session.scalars(select(HealthRead)).all() == []
    assert notes.read_for_staff(leader, [ava.id, ben.id], outing.id, "Roster of Winter camp") == {ava.id: FULL}
    (read,) = db.session.scalars(select(HealthRead)).all()
    assert (read.reader_id, read.person_id, read.outing_id) == (leader.id, ava.id, outing.id)
    (look,) = notes.looks_at(tie_of(parent, ava.id))
    assert (look.reader, look.purpose) == ("Coach Ruiz", "Roster of Winter camp")
    assert look.outing_starts_at == outing.starts_at
    people = [make_person() for _ in range(60)]
    for person in people:
        make_health(person, FULL)
    with count_statements() as statements:
        assert len(notes.read_for_staff(leader, [p.id for p in people], None, "roster")) == 60
        db.session.flush()
    assert len(statements) <= 4
    assert notes.read_for_staff(leader, [], None, "roster") == {}


def test_a_guardianship_without_health_and_strangers_get_nothing(parent, ava):
    make_health(ava, FULL)
    stranger, tie = make_user(), tie_of(parent, ava.id)
    db.session.get(Guardian, (parent.id, ava.id)).may_see_health = False
    for forbidden in (
        lambda: notes.kept_for_guardian(tie),
        lambda: notes.looks_at(tie),
        lambda: rules.write(parent, ava.id, NOTHING, Papers(), ""),
        lambda: rules.confirm(parent, ava.id),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    for hidden in (
        lambda: rules.write(stranger, ava.id, NOTHING, Papers(), ""),
        lambda: rules.confirm(stranger, ava.id),
    ):
        with pytest.raises(NotFound):
            hidden()


def test_the_second_of_two_homes_sees_both_values(parent, ava):
    other = make_user()
    keep(Guardian(user_id=other.id, person_id=ava.id))
    version = kept(parent, ava).version
    assert rules.write(parent, ava.id, Answers(conditions="asthma"), Papers("swimmer", date(2026, 6, 1)), version)
    with pytest.raises(Stale) as refusal:
        rules.write(other, ava.id, Answers(diets=("vegan",), conditions="asthma"), Papers(), version)
    assert refusal.value.theirs == {"diets": (), "swim_class": "swimmer", "swim_class_on": date(2026, 6, 1)}
    assert refusal.value.yours["diets"] == ("vegan",)
    # An import changes the dates without asking anybody; that is a change, too.
    version = kept(parent, ava).version
    ava.form_ab_until = date(2027, 1, 1)
    with pytest.raises(Stale):
        rules.write(other, ava.id, NOTHING, Papers("swimmer", date(2026, 6, 1)), version)
    # Two who write the same do not disturb each other.
    same = Answers(conditions="asthma"), Papers("swimmer", date(2026, 6, 1), date(2027, 1, 1))
    assert not rules.write(other, ava.id, *same, "")
    assert (ava.version, ava.swim_class) == (1, "swimmer")


@pytest.mark.parametrize(
    ("papers", "field"),
    [(Papers("swimmer", date(2090, 1, 1)), "swim_class_on"), (Papers(None, date(2026, 1, 1)), "swim_class")],
)
def test_a_swim_test_that_cannot_be_is_refused(parent, ava, papers, field):
    with pytest.raises(RuleBroken) as refusal:
        rules.write(parent, ava.id, NOTHING, papers, kept(parent, ava).version)
    assert refusal.value.field == field


def test_nothing_has_changed_is_remembered_once_a_day(parent, ava):
    long_ago = now() - timedelta(days=200)
    make_health(ava, FULL, confirmed_at=long_ago, updated_at=long_ago)
    assert rules.confirm(parent, ava.id)
    assert not rules.confirm(parent, ava.id)
    assert [entry.action for entry in entries(ava)] == ["said that nothing has changed about health"]
    found = kept(parent, ava)
    assert (found.answers, found.confirmed_at.date()) == (FULL, now().date())
    ben = make_person("Ben", guardian=parent)
    assert rules.confirm(parent, ben.id), "there is nothing to tell, and that is an answer"
    assert db.session.get(HealthNote, ben.id).sealed is None


# --- the page


@pytest.fixture
def page(client, sign_in, parent, ava):
    sign_in(client, parent)
    return f"/family/people/{ava.id}/health"


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def version_in(response):
    return re.search(r'name="version"[^>]*value="(\w+)"', response.text)[1]


ROW = {"allergies-0-what": "Peanuts", "allergies-0-severity": "life_threatening"}


def test_everything_is_kept_and_comes_back(client, page, parent, ava):
    opened = client.get(page)
    assert "We hold no medical forms." in opened.text
    assert "Nothing can be uploaded here" in opened.text
    assert 'type="file"' not in opened.text
    form = ROW | {
        "version": version_in(opened),
        "diets": ["vegan", "nut_free"], "diet_words": "no raw onion", "allergies-0-reaction": "cannot breathe",
        "allergies-0-action": "inject, call 911", "allergies-3-what": "", "allergy_words": "hay fever in May",
        "carried": "auto_injector", "medications-0-what": "Cetirizine", "medications-0-dose": "10 mg",
        "medications-0-times": "8:00 with food", "conditions": "asthma", "swim_class": "beginner", "swim_class_on": "6/14/2026",
        "form_ab_until": "May 1, 2027", "form_c_until": "2027-05-01", "form_in_binder": "y",
    }  # fmt: skip
    answer = client.post(page, data=form)
    assert (answer.status_code, answer.location) == (303, "/family")
    found = kept(parent, ava)
    assert found.answers == FULL
    assert found.papers == Papers("beginner", date(2026, 6, 14), date(2027, 5, 1), date(2027, 5, 1), True)
    again = client.get(page)
    for value in ("no raw onion", "Peanuts", "cannot breathe", "Cetirizine", "8:00", "06/14/2026", "05/01/2027"):
        assert value in again.text
    assert "The health notes on Ava Holm are saved." in again.text
    # The same form once more, from a tab that was left open, changes nothing.
    assert client.post(page + "?next=/outings", data=form).location == "/outings"
    assert client.post(page + "?next=//evil.example", data=form).location == "/family"
    assert "are right as of today" in client.get("/family").text


def test_rows_come_and_go_without_a_script_and_nothing_typed_is_lost(client, page):
    typed = ROW | {
        "allergies-0-what": "Kiwi",
        "conditions": "sleepwalks",
        "swim_class_on": "soon",
        "diets": "halal",
        "version": "abc",
    }
    more = client.post(page, data=typed | {"add": "allergies"})
    assert more.status_code == 200
    assert "There is a problem" not in more.text
    assert re.search(r'<input[^>]*autofocus[^>]*id="allergies-1-what"', more.text)
    for value in ('value="Kiwi"', "sleepwalks", 'value="soon"', 'value="abc"', 'value="halal" checked'):
        assert value in more.text
    two = typed | {"allergies-1-what": "Bees", "allergies-1-severity": "mild", "remove": "allergies-0"}
    fewer = client.post(page, data=two)
    assert "Kiwi" not in fewer.text
    assert 'value="Bees"' in fewer.text
    many = {f"medications-{at}-what": "x" for at in range(20)} | {"add": "medications"}
    assert "medications-20-what" not in client.post(page, data=many).text
    assert db.session.scalars(select(HealthNote)).all() == []


def test_bad_input_is_named_beside_its_field(client, page):
    wrong = {
        "allergies-0-reaction": "hives", "medications-0-dose": "two", "swim_class_on": "soon", "diets": "stones",
        "conditions": "x" * 1001, "version": "abc",
    }  # fmt: skip
    answer = client.post(page, data=wrong)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    for sentence, field in (
        ("Say what the allergy is to.", "allergies-0-what"),
        ("Say how bad the allergy gets.", "allergies-0-severity"),
        ("Say which medication it is.", "medications-0-what"),
        ("Enter a date such as", "swim_class_on"),
        ("Use at most 1000 characters.", "conditions"),
    ):
        assert re.search(rf'href="#{field}">{sentence}', answer.text), field
        assert re.search(rf'id="{field}-error"', answer.text), field
    assert 'value="hives"' in answer.text


def test_the_second_of_two_homes_saves_on_top(app, client, sign_in, page, parent, ava):
    other, elsewhere = make_user(), app.test_client()
    keep(Guardian(user_id=other.id, person_id=ava.id))
    sign_in(elsewhere, other)
    version = version_in(client.get(page))
    client.post(page, data=ROW | {"version": version})
    second = elsewhere.post(page, data={"version": version, "conditions": "asthma"})
    assert second.status_code == 409
    assert "Somebody else changed the health notes on Ava Holm" in second.text
    assert "Allergies Peanuts: life-threatening nothing" in words(second)
    assert "Conditions nothing asthma" in words(second)
    assert elsewhere.post(page, data={"version": version_in(second), "conditions": "asthma"}).status_code == 303
    assert kept(parent, ava).answers == Answers(conditions="asthma")


def test_one_click_says_that_nothing_has_changed(client, page, parent, ava):
    assert "There is nothing to tell" in client.get(page).text
    assert client.post(page + "/unchanged").location == "/family"
    assert "The health notes on Ava Holm are right as of today." in client.get("/family").text
    assert "Nothing has changed" in client.get(page).text
    assert kept(parent, ava).confirmed_at


def test_the_family_page_says_when_each_has_answered(client, page, parent, ava):
    assert "Health and diet of Ava Holm : nobody has answered yet" in words(client.get("/family"))
    make_health(ava, FULL, confirmed_at=now() - timedelta(days=9))
    family = client.get("/family")
    assert page + "/unchanged" in family.text
    assert "asthma" not in family.text
    client.post(page + "/unchanged")
    assert "Nothing has changed" not in client.get("/family").text
    db.session.get(Guardian, (parent.id, ava.id)).may_see_health = False
    assert page not in client.get("/family").text
