"""What docs/asvs.md says is shown by a test is shown by one that exists, and no requirement is left out."""

import re

from app.config import ROOT

PAGE = (ROOT / "docs" / "asvs.md").read_text()
ROWS = re.findall(r"(?m)^\| ([\d., ]+) \|([^|]*)\|([^|]*)\|$", PAGE)
# Levels 1 and 2 of ASVS 5.0: in each section, how many of its requirements they are; those of level 3 come after them.
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3
6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4
10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5
14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2
"""


def test_every_test_that_is_named_exists() -> None:
    pages = PAGE + (ROOT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", pages))
    assert len(named) > 100
    missing = [
        (file, test)
        for file, test in sorted(named)
        if not (ROOT / file).exists() or (test and f"def {test}(" not in (ROOT / file).read_text())
    ]
    assert missing == []


def test_every_requirement_has_a_line_with_a_test_or_a_reason() -> None:
    said = [id for ids, _, _ in ROWS for id in ids.split(", ")]
    wanted = [
        f"{section}.{at}"
        for section, number in (pair.split(":") for pair in SECTIONS.split())
        for at in range(1, int(number) + 1)
    ]
    assert sorted(said) == sorted(wanted)
    assert [ids for ids, _, shown in ROWS if not shown.strip()] == []
