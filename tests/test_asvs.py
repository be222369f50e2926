"""What docs/security.md says is shown by a test is shown by one that exists."""

import re

from app.config import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = re.findall(r"(?m)^\| (\d+(?:\.\d+)?\b[^|]*) \|([^|]*)\|([^|]*)\|$", PAGE)
# Chapters of ASVS 5.0, each with its sections; those of level 3 alone (15.4, 11.7) and of documentation that has no other (3.1) aside.
CHAPTERS = {
    1: 5, 2: 4, 3: 7, 4: 4, 5: 4, 6: 8, 7: 6, 8: 4, 9: 0, 10: 0, 11: 5, 12: 3, 13: 4, 14: 3, 15: 3, 16: 5, 17: 0,
}  # fmt: skip
ASIDE = {"3.1"}


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE))
    assert len(named) > 50
    missing = [
        (file, test)
        for file, test in sorted(named)
        if not (ROOT / file).exists() or (test and f"def {test}(" not in (ROOT / file).read_text())
    ]
    assert missing == []


def test_every_section_has_a_line_with_a_test_or_a_reason() -> None:
    said = set(re.findall(r"\b(\d+(?:\.\d+)?)\b", " ".join(section for section, _, _ in ROWS)))
    wanted = {f"{chapter}.{at}" for chapter, sections in CHAPTERS.items() for at in range(1, sections + 1)}
    wanted |= {str(chapter) for chapter, sections in CHAPTERS.items() if not sections}
    assert wanted - said == ASIDE
    assert [section for section, _, shown in ROWS if not shown.strip()] == []
