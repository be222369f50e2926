"""Chance that comes out the same every time."""

import random
import uuid

SEED = 77
# Version-7 ids of the demo count up from this moment (2026-01-01), so that they sort and never meet a real one.
FIRST_MILLISECOND = 1_767_225_600_000


class Dice(random.Random):
    """A generator of its own; the ids that it makes are the same every time, too."""

    def __init__(self) -> None:
        super().__init__(SEED)
        self.made = 0

    def new_id(self) -> uuid.UUID:
        """The next id, in the layout of version 7."""
        self.made += 1
        high = (FIRST_MILLISECOND + self.made) << 80 | 7 << 76 | self.getrandbits(12) << 64
        return uuid.UUID(int=high | 2 << 62 | self.getrandbits(62))

    def chance(self, part: float) -> bool:
        """True in ``part`` of all cases, 0 to 1."""
        return self.random() < part
