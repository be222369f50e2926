"""The one table, in Markdown, so that it can be kept as it is printed."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

from bench.measure import Job

HEADS = ("what", "floor", "product", "ratio", "goal", "met", "p50", "p95", "CPU a request", "and of PostgreSQL", "SQL")
MOST_MEMORY = 120  # megabytes of one web process


def table(jobs: Sequence[Job], memory: dict[str, list[float]]) -> str:
    """All rows. In the five last columns the product stands before the floor."""
    rows = [row_of(job) for job in jobs] + ([memory_row(memory)] if any(memory.values()) else [])
    widths = [max(len(row[at]) for row in [HEADS, *rows]) for at in range(len(HEADS))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [HEADS, *rows]]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def row_of(job: Job) -> tuple[str, ...]:
    """One job in words."""
    ratio, met = job.ratio(job.by), job.met
    rises = job.by == "per_second"
    goal = "" if job.goal is None else f"{'at least' if rises else 'at most'} {job.goal:.2f}"
    statements = (job.product.statements, job.floor.statements)
    return (
        job.what,
        *(f"{value:,.0f}/s" if rises else f"{value:,.0f} ms" for value in job.median(job.by)),
        "" if ratio is None else f"{ratio:.2f}",
        goal,
        "" if met is None else "yes" if met else "no",
        times(job, "p50"),
        times(job, "p95"),
        *(times(job, name) if all(job.median(name)) else "" for name in ("cpu", "database_cpu")),
        "" if None in statements else f"{statements[0]} / {statements[1]}",
    )


def times(job: Job, name: str) -> str:
    """``64 / 19 ms = 3.4``."""
    floor, product = (f"{value:.1f}" if value < 10 else f"{value:.0f}" for value in job.median(name))
    ratio = job.ratio(name)
    return f"{product} / {floor} ms" + (f" = {ratio:.1f}" if ratio else "")


def memory_row(memory: dict[str, list[float]]) -> tuple[str, ...]:
    """The largest process of each site."""
    floor, product = max(memory["floor"]), max(memory["product"])
    met = "yes" if product <= MOST_MEMORY else "no"
    cells = ("web process, resident, after the run", f"{floor:.0f} MB", f"{product:.0f} MB", f"{product / floor:.2f}")
    return (*cells, f"at most {MOST_MEMORY} MB", met, "", "", "", "", "")


def machine() -> str:
    """Where and when."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}."
    )
