"""The judge of ``python -m bench.alike`` sees what is there, and is not led astray by a busy machine."""

import random

import pytest

from bench.alike import judge


@pytest.mark.parametrize(("extra", "alike"), [(0.0, True), (0.2, False), (-0.2, False)])
def test_a_difference_is_seen_through_noise_and_slow_answers(extra: float, alike: bool) -> None:
    dice = random.Random(7)

    def took() -> float:
        return 5 + dice.gauss(0, 0.3) + (dice.uniform(20, 500) if dice.random() < 0.1 else 0)

    found = judge([(took() + extra, took()) for _ in range(400)])
    assert found.alike == alike
    assert abs(found.difference - extra) < 0.1
    assert found.smallest < 0.2
