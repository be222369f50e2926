"""The table of ``python -m bench.faults``, in Markdown."""

from dataclasses import dataclass, field

from bench.faults.clients import Tally
from bench.faults.kinds import knocks
from bench.faults.record import Findings
from bench.faults.watch import Look

HEADS = (
    "what was broken", "times", "forms acknowledged", "lost", "doubled", "seats wrong", "back after, worst",
    "503", "slowest 503", "cut off", "no answer in 10 s", "other answers", "not ready", "slowest /readyz",
)  # fmt: skip


@dataclass
class Row:
    """One kind of fault, all of its times together."""

    what: str
    times: int = 0
    back: float = 0.0
    tally: Tally = field(default_factory=Tally)
    found: Findings = field(default_factory=Findings)
    looks: int = 0
    not_ready: int = 0
    slowest_look: float = 0.0

    def note(self, back: float, tally: Tally, found: Findings) -> None:
        """Once more."""
        mine = self.tally
        self.times += 1
        self.back = max(self.back, back)
        mine.acknowledged += tally.acknowledged
        mine.refused += tally.refused
        mine.slowest_refusal = max(mine.slowest_refusal, tally.slowest_refusal)
        mine.without_retry_after += tally.without_retry_after
        mine.cut_off += tally.cut_off
        mine.hung += tally.hung
        mine.wrong += tally.wrong
        self.found.add(found)
        # The crowd's answers belong to this row; outside of it there is no crowd.
        for status, seconds in knocks:
            if status == 503:
                mine.refused += 1
                mine.slowest_refusal = max(mine.slowest_refusal, seconds)
            elif status == 0:
                mine.hung += seconds >= 9
                mine.cut_off += seconds < 9
            elif status != 200:
                mine.wrong.append(str(status))
        knocks.clear()

    def note_looks(self, looks: list[Look], give_up: float) -> None:
        """What ``/readyz`` said meanwhile. Whoever asks a process that is killed gets no answer."""
        self.looks += len(looks)
        self.not_ready += sum(look.status == 503 for look in looks)
        self.slowest_look = max([self.slowest_look, *(look.seconds for look in looks)])
        self.tally.hung += sum(look.status == 0 and look.seconds >= give_up for look in looks)
        self.tally.wrong += [f"{look.status} of /readyz" for look in looks if look.status not in (0, 200, 503)]

    @property
    def wrong(self) -> list[str]:
        """What no fault excuses."""
        found = [f"the answer {answer}" for answer in self.tally.wrong]
        if self.tally.without_retry_after:
            found.append("503 without Retry-After")
        if self.tally.hung:
            found.append("no answer in 10 s")
        return found

    def cells(self) -> tuple[str, ...]:
        """In words."""
        tally, found = self.tally, self.found
        counts = (self.times, tally.acknowledged, len(found.lost), len(found.doubled), len(found.seats))
        return (
            self.what, *(f"{count:,}" for count in counts), f"{self.back:.1f} s",
            f"{tally.refused:,}", f"{tally.slowest_refusal:.1f} s" if tally.refused else "",
            f"{tally.cut_off:,}", str(tally.hung), str(len(tally.wrong)),
            f"{self.not_ready} of {self.looks}", f"{self.slowest_look:.1f} s",
        )  # fmt: skip


def table(rows: list[Row]) -> str:
    """All rows."""
    cells = [HEADS, *(row.cells() for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(HEADS))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)
