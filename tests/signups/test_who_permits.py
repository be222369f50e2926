"""Permission for a child is given by whoever may give it on that day: a party that stays behind is no way round."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.errors import RuleBroken
from app.extensions import db
from app.families.models import Guardian
from app.signups.models import Consent, Participant
from tests.factories import keep, make_family, make_leader, make_outing, make_person, make_user
from tests.roster.helpers import text_of, url
from tests.signups.helpers import children_of, family_of, row_of, sign_up


@pytest.fixture
def outing(unit):
    return make_outing(unit)


@pytest.fixture
def desk(client, sign_in, unit):
    sign_in(client, make_leader(unit))
    return client


@pytest.fixture
def parent(unit, outing):
    """Has signed up Ava and Noah; meanwhile the outing is somewhere else."""
    parent = make_family(unit, 2)
    sign_up(parent, outing, children_of(parent))
    move(outing)
    return parent


def move(outing):
    outing.place = "Somewhere else"
    db.session.execute(db.text("UPDATE participants SET created_at = created_at - interval '1 hour'"))
    for consent in db.session.scalars(select(Consent)):
        consent.given_at -= timedelta(hours=1)
    db.session.flush()


def held(parent, child):
    return db.session.get(Guardian, (parent.id, child.id))


def roster_of(desk, outing, child):
    return text_of(desk.get(url(outing, row_of(outing, child))))


def test_whoever_may_gives_it_again(desk, outing, parent):
    ava, noah = children_of(parent)
    assert "out of date place changed since" in roster_of(desk, outing, ava)
    sign_up(parent, outing, family_of(parent)[:2])
    assert all("given" in roster_of(desk, outing, child) for child in (ava, noah))


def test_a_guardian_who_may_not_any_longer_is_told_so(desk, outing, parent):
    for child in children_of(parent):
        held(parent, child).may_consent = False
    db.session.flush()
    with pytest.raises(RuleBroken, match="Another guardian gives permission for"):
        sign_up(parent, outing, children_of(parent))
    assert all("out of date" in roster_of(desk, outing, child) for child in children_of(parent))


def test_their_page_does_not_ask_for_it(client, sign_in, outing, parent):
    sign_in(client, parent)
    assert 'name="consent"' in client.get(f"/outings/{outing.id}/signup").text
    for child in children_of(parent):
        held(parent, child).may_consent = False
    db.session.flush()
    assert 'name="consent"' not in client.get(f"/outings/{outing.id}/signup").text


def test_what_a_detached_guardian_sends_keeps_no_permission(desk, outing, parent):
    ava, noah = children_of(parent)
    for child in (ava, noah):
        db.session.delete(held(parent, child))
    db.session.flush()
    before = db.session.scalar(select(func.count()).select_from(Consent))
    sign_up(parent, outing, [])
    assert db.session.scalar(select(func.count()).select_from(Consent)) == before
    assert all("out of date" in roster_of(desk, outing, child) for child in (ava, noah))


@pytest.mark.parametrize("detached", [True, False], ids=["detached", "limited"])
def test_for_one_child_it_says_nothing_of_another_in_the_same_party(desk, unit, outing, parent, detached):
    ava, noah = children_of(parent)
    if detached:
        db.session.delete(held(parent, noah))
    else:
        held(parent, noah).may_consent = False
    db.session.flush()
    ella = make_person("Ella", unit=unit, guardian=parent)
    sign_up(parent, outing, [*children_of(parent)])
    assert "given" in roster_of(desk, outing, ava)
    assert "given" in roster_of(desk, outing, ella)
    assert "out of date" in roster_of(desk, outing, noah)


@pytest.mark.parametrize("detached", [True, False], ids=["detached", "limited"])
def test_what_was_given_when_the_child_was_signed_up_holds_and_the_leader_reads_by_whom(desk, unit, outing, detached):
    parent = make_family(unit, 1)
    (ava,) = children_of(parent)
    sign_up(parent, outing, [ava])
    said = "given by somebody who is no guardian now or may not give it any more"
    assert said not in roster_of(desk, outing, ava)
    if detached:
        db.session.delete(held(parent, ava))
    else:
        held(parent, ava).may_consent = False
    db.session.flush()
    assert said in roster_of(desk, outing, ava)
    assert said.replace("given", "given:") in desk.get(f"/outings/{outing.id}/roster.csv").text
    other = make_user()
    keep(Guardian(user_id=other.id, person_id=ava.id))
    sign_up(other, outing, [ava, make_person("Ella", unit=unit, guardian=other)])
    assert said not in roster_of(desk, outing, ava), "another guardian has given it since"


def test_a_driver_whom_another_signs_up_is_changed_by_that_one_alone(unit, outing):
    one, other = make_family(unit, 1), make_user()
    adult = next(person for person in family_of(one) if person.user_id)
    keep(Guardian(user_id=other.id, person_id=adult.id, may_sign_up=False))
    sign_up(one, outing, [adult], drivers={adult.id: (3, 3)})
    sign_up(other, outing, [], seen=[], drivers={adult.id: (None, None)})
    assert db.session.scalars(select(Participant.passengers_there)).all() == [3]
