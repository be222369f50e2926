"""Where an outing stands, to the second."""

from datetime import timedelta

import pytest

from app.outings.models import Outing
from app.outings.stage import Stage, stage_of
from tests.outings.helpers import moment

START = moment("2026-12-05 15:00")
OUTING = {
    "starts_at": START,
    "ends_at": START + timedelta(days=1),
    "opens_at": START - timedelta(days=30),
    "closes_at": START - timedelta(days=2),
    "state": "published",
}
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        (OUTING["opens_at"] - SECOND, Stage.NOT_OPEN),
        (OUTING["opens_at"], Stage.OPEN),
        (OUTING["closes_at"] - SECOND, Stage.OPEN),
        (OUTING["closes_at"], Stage.CLOSED),
        (START - SECOND, Stage.CLOSED),
        (START, Stage.RUNNING),
        (OUTING["ends_at"] - SECOND, Stage.RUNNING),
        (OUTING["ends_at"], Stage.OVER),
    ],
)
def test_the_stages_meet_without_a_gap(at, stage):
    assert stage_of(Outing(**OUTING), at) == stage


@pytest.mark.parametrize("state", ["draft", "cancelled"])
@pytest.mark.parametrize("at", [START - timedelta(days=90), START, START + timedelta(days=90)])
def test_draft_and_cancelled_stay_so_at_any_time(state, at):
    assert stage_of(Outing(**OUTING | {"state": state}), at) == state


def test_without_times_sign_up_is_open_until_the_start():
    outing = Outing(**OUTING | {"opens_at": None, "closes_at": None})
    assert stage_of(outing, START - SECOND) == Stage.OPEN
    assert stage_of(outing, START) == Stage.RUNNING
