"""Who may come, from when and until when: over plain data, to the second."""

import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from app.families.models import PersonKind
from app.signups.eligibility import Relative, closed_to_cancelling, closed_to_newcomers, why_not

UNIT = uuid.uuid4()
START = datetime(2026, 12, 5, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def relative(kind, *, member=False, registered=False):
    return Relative(
        id=uuid.uuid4(),
        name="Kim Lindqvist",
        first_name="Kim",
        kind=kind,
        age=None,
        is_self=False,
        may_sign_up=True,
        may_consent=True,
        comes_with=UNIT if member else None,
        registered=registered,
    )


def outing(*, nights=0, kind="troop", preset="scouting_america", **times):
    unit = SimpleNamespace(name="Troop 77", kind=kind, policy_preset=preset)
    usual = {"state": "published", "starts_at": START, "opens_at": None, "closes_at": None, "cancel_by": None}
    return SimpleNamespace(
        title="Elk Ridge", unit=unit, nights=nights, zone=ZoneInfo("America/Denver"), **usual | times
    )


REGISTERED = relative(PersonKind.ADULT, member=True, registered=True)
UNREGISTERED = relative(PersonKind.ADULT, member=True)
PARENT = relative(PersonKind.ADULT)
SCOUT, SIBLING = relative(PersonKind.YOUTH, member=True), relative(PersonKind.YOUTH)
MUST_REGISTER = "must be registered"
AND_PARENTS = "for members of Troop 77 and their parents"


@pytest.mark.parametrize(
    ("person", "family", "where", "reason"),
    [
        (SCOUT, [], {"nights": 2}, None),
        (SIBLING, [SCOUT], {}, "for members of Troop 77."),
        (REGISTERED, [], {"nights": 1}, None),
        (UNREGISTERED, [], {}, None),
        (UNREGISTERED, [SCOUT], {"nights": 1}, MUST_REGISTER),
        (UNREGISTERED, [SCOUT], {"nights": 1, "preset": "neutral"}, None),
        (PARENT, [SCOUT], {}, None),
        (PARENT, [SCOUT], {"nights": 1}, MUST_REGISTER),
        (PARENT, [SCOUT], {"nights": 1, "preset": "neutral"}, None),
        (PARENT, [SIBLING, REGISTERED], {}, AND_PARENTS),
        (PARENT, [], {}, AND_PARENTS),
        # A Cub's parent sleeps where the own child does, and only with the child.
        (PARENT, [SCOUT], {"nights": 1, "kind": "pack"}, None),
        (UNREGISTERED, [SCOUT], {"nights": 1, "kind": "pack"}, None),
        (UNREGISTERED, [SIBLING], {"nights": 1, "kind": "pack"}, MUST_REGISTER),
        (PARENT, [SIBLING], {"nights": 1, "kind": "pack"}, AND_PARENTS),
    ],
)
def test_who_may_come(person, family, where, reason):
    found = why_not(person, [person, *family], outing(**where))
    assert reason in found if reason else found is None


@pytest.mark.parametrize(
    ("times", "moment", "sentence"),
    [
        (
            {"opens_at": START - timedelta(days=9)},
            START - timedelta(days=9) - SECOND,
            "Sign-up opens Thu Nov 26, 8:00.",
        ),
        ({"opens_at": START - timedelta(days=9)}, START - timedelta(days=9), None),
        ({"closes_at": START - timedelta(days=2)}, START - timedelta(days=2) - SECOND, None),
        ({"closes_at": START - timedelta(days=2)}, START - timedelta(days=2), "Sign-up closed Thu Dec 3, 8:00."),
        ({}, START - SECOND, None),
        ({}, START, "This outing has started"),
        ({"state": "done"}, START - SECOND, "This outing has started"),
        ({"state": "cancelled"}, START - SECOND, "This outing is cancelled."),
        ({"state": "draft"}, START - SECOND, "This outing is not published yet."),
        # Whatever the last day to sign up is, the start comes before it.
        ({"closes_at": START + timedelta(hours=2)}, START, "This outing has started"),
    ],
)
def test_the_first_and_the_last_second_of_signing_up(times, moment, sentence):
    found = closed_to_newcomers(outing(**times), moment)
    assert found.startswith(sentence) if sentence else found is None


@pytest.mark.parametrize(
    ("times", "moment", "sentence"),
    [
        ({"cancel_by": START - timedelta(days=1)}, START - timedelta(days=1) - SECOND, None),
        (
            {"cancel_by": START - timedelta(days=1)},
            START - timedelta(days=1),
            "The time to cancel by, Fri Dec 4, 8:00,",
        ),
        # Who may no longer sign up may still give a seat back.
        ({"closes_at": START - timedelta(days=2)}, START - SECOND, None),
        ({}, START, "This outing has started"),
        ({"state": "cancelled"}, START - SECOND, "This outing is cancelled."),
        ({"cancel_by": START + timedelta(hours=2)}, START, "This outing has started"),
    ],
)
def test_the_last_second_of_cancelling(times, moment, sentence):
    found = closed_to_cancelling(outing(**times), moment)
    assert found.startswith(sentence) if sentence else found is None
