"""What the doctor says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One sentence or two about one thing: what is wrong, and what mends it.

    Attributes:
        subject: a word or two by which it is found in a long list.
        text: for people.
        wrong: whether it decides the exit code; a note does not.
    """

    subject: str
    text: str
    wrong: bool = True


def note(subject: str, text: str) -> Finding:
    """Something to know that is no fault by itself."""
    return Finding(subject, text, wrong=False)
