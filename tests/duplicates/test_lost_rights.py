"""What an admin has taken from a guardian since a merge does not come back when the merge is taken back."""

import pytest
from sqlalchemy import select

from app.duplicates.access import pair_for
from app.duplicates.rules.merging import fingerprint, merge
from app.duplicates.rules.undoing import undo
from app.errors import Conflict
from app.extensions import db
from app.families.guardians import Rights
from app.families.models import Guardian, Person
from app.members.rules.guardians import change_guardian
from tests.factories import keep, make_person, make_user

ALL, LIMITED = Rights(), Rights(may_see_health=False)


@pytest.fixture
def parent(db_session):
    return make_user()


@pytest.fixture
def merged(unit, admin, parent):
    """``merged(here, there)``: the parent has these rights in the two rows for one child; returns the merge that made one of them."""

    def merged(here, there):
        kept, gone = (make_person("Ava", "Holm", unit=unit, guardian=make_user()) for _ in range(2))
        for person, rights in ((kept, here), (gone, there)):
            keep(Guardian(user_id=parent.id, person_id=person.id, may_see_health=rights.may_see_health))
        seen = fingerprint(pair_for(admin, unit, kept.id, gone.id))
        return merge(admin, unit, kept.id, gone.id, {}, seen).merge

    return merged


def rights_of(parent):
    rows = select(Guardian.may_see_health).where(Guardian.user_id == parent.id)
    return sorted(db.session.scalars(rows.execution_options(populate_existing=True)))


def change(admin, unit, made, parent, wanted, seen):
    child = db.session.get_one(Person, made.kept_id)
    change_guardian(admin, unit.id, child, parent.id, wanted, seen, "The court says so.")


@pytest.mark.parametrize("wanted", [None, LIMITED], ids=["detached", "limited"])
def test_a_guardian_of_both_rows(unit, admin, parent, merged, wanted):
    made = merged(ALL, ALL)
    change(admin, unit, made, parent, wanted, ALL)
    with pytest.raises(Conflict, match="because a guardian has been changed since"):
        undo(admin, unit, made.id)


@pytest.mark.parametrize(("here", "there"), [(ALL, ALL), (LIMITED, ALL), (ALL, LIMITED), (LIMITED, LIMITED)])
def test_whom_nobody_has_changed_is_as_before(unit, admin, parent, merged, here, there):
    made = merged(here, there)
    assert rights_of(parent) == [here.may_see_health and there.may_see_health]
    undo(admin, unit, made.id)
    assert rights_of(parent) == sorted((here.may_see_health, there.may_see_health))


def test_a_limit_that_stood_in_one_row_and_was_taken_away_since_stands_in_the_way(unit, admin, parent, merged):
    made = merged(ALL, LIMITED)
    change(admin, unit, made, parent, ALL, LIMITED)
    with pytest.raises(Conflict, match="because a guardian has been changed since"):
        undo(admin, unit, made.id)
