"""A new key while families write: what somebody saves at that moment is kept, and only because of the lock."""

import threading

import pytest
from sqlalchemy import select

from app.extensions import db
from app.families.access import tie_of
from app.families.health import rotation, rules
from app.families.health.answers import Answers
from app.families.health.models import HealthNote
from app.families.health.notes import Papers, kept_for_guardian
from app.identity.models import User
from tests.factories import make_health, make_person, make_user
from tests.sites import PATIENCE, until_somebody_stands

OLD, NEW = Answers(conditions="asthma"), Answers(conditions="asthma, and a broken arm")


def without_lock(person_id, newest):
    wanted = select(HealthNote).where(HealthNote.person_id > person_id, rotation.is_due(newest))
    return list(db.session.scalars(wanted.order_by(HealthNote.person_id)))


@pytest.mark.parametrize(("locked", "expected"), [(True, NEW), (False, OLD)])
def test_what_is_saved_while_the_key_changes_is_kept(committed_db, monkeypatch, locked, expected):
    app = committed_db.app
    with app.app_context():
        parent = make_user()
        ava = make_person("Ava", guardian=parent)
        make_health(ava, OLD)
        db.session.commit()
        parent_id, ava_id = parent.id, ava.id
        version = kept_for_guardian(tie_of(parent, ava_id)).version
    monkeypatch.setitem(app.config, "HEALTH_KEY_FALLBACKS", [app.config["HEALTH_KEY"]])
    monkeypatch.setitem(app.config, "HEALTH_KEY", "a newer key " * 4)
    was_read, was_saved = threading.Event(), threading.Event()
    seal = rotation.seal_into

    def seal_late(note, answers):
        was_read.set()
        until_somebody_stands(or_else=was_saved.is_set)
        seal(note, answers)

    def save():
        assert was_read.wait(PATIENCE)
        with app.app_context():
            rules.write(db.session.get_one(User, parent_id), ava_id, NEW, Papers(), version)
            db.session.commit()
        was_saved.set()

    monkeypatch.setattr(rotation, "seal_into", seal_late)
    if not locked:
        monkeypatch.setattr(rotation, "due_after", without_lock)
    family = threading.Thread(target=save)
    family.start()
    with app.app_context():
        list(rotation.rotate())
    family.join(PATIENCE)
    with app.app_context():
        assert kept_for_guardian(tie_of(db.session.get_one(User, parent_id), ava_id)).answers == expected
