"""Health and diet are sealed in the database: nobody reads them without the key, which may be changed."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from app.clock import now
from app.config import ConfigError
from app.extensions import db
from app.families.health import notes, rotation, rules, vault
from app.families.health.answers import Answers
from app.families.health.models import HealthNote
from app.families.health.notes import Papers
from app.families.health.vault import Unreadable
from app.families.startup import refuse_open_health
from tests.factories import keep, make_health, make_person, make_user
from tests.families.health.helpers import FULL, entries, kept

WORDS = ("onion", "Peanuts", "breathe", "inject", "hay fever", "Cetirizine", "10 mg", "with food", "asthma", "vegan")


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
