"""docs/migrations.md does what it says: its commands are run, chapter by chapter, as they stand on the page.

``sh`` blocks are run; ``sh fails`` blocks must fail; a ``text`` block after them must be in what they printed. A ``python`` block
that begins with the name of a file becomes that file, or goes into it below the line that it names.
"""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from bin.unprivileged import INSTALLATION
from tests.database import ROOT, empty_database, fresh_database
from tests.migrations.tree import copy_of_the_project

PAGE = (ROOT / "docs" / "migrations.md").read_text()
CHAPTERS = {chapter.partition("\n")[0]: chapter for chapter in PAGE.split("\n## ")[1:]}
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITH_COMMANDS = [name for name, chapter in CHAPTERS.items() if "\n```sh" in chapter]
COMMANDS = (
    "flask db init",
    "flask db revision --autogenerate",
    "flask db upgrade\n",
    "flask db upgrade head",
    "flask db upgrade 7e1f5c0a2b41\n",
    "flask db downgrade\n",
    "flask db upgrade +1",
    "flask db downgrade -1",
    "flask db downgrade 7e1f5c0a2b41",
    "flask db downgrade base",
    "flask db current",
    "flask db history\n",
    "flask db history --verbose",
    "flask db check",
    "flask db merge",
    "flask db stamp",
    "flask db upgrade --sql",
    "flask seed-admin",
)


@pytest.fixture(scope="module")
def programs():
    """Those of the server that the tests use: an older pg_dump refuses a newer server."""
    spec = importlib.util.find_spec(INSTALLATION.parts[0])
    programs = Path(spec.origin).parent.parent / INSTALLATION / "bin" if spec and spec.origin else None
    return [programs] if programs and (programs / "pg_dump").exists() else []


def write(root, text):
    """A python block into the file that its first line names."""
    heading, _, body = text.partition("\n")
    path, _, below = heading.removeprefix("# ").rstrip(":").partition(", below ")
    if not below:
        (root / path).write_text(body)
        return
    lines = (root / path).read_text().splitlines()
    (place,) = [number for number, line in enumerate(lines) if line.startswith(f"    {below}:")]
    lines[place + 1 : place + 1] = [f"    {line}" for line in body.splitlines()]
    (root / path).write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_the_commands_of_the_page(name, tmp_path, programs):
    database = empty_database if name == "Set up" else fresh_database
    with database() as url:
        changes_models = "```python\n# app/" in CHAPTERS[name]
        tree = copy_of_the_project(tmp_path, url, with_models=changes_models)
        # The form that psql and pg_dump read, too.
        environment = tree.environment(DATABASE_URL=url.set(drivername="postgresql").render_as_string(False))
        environment["PATH"] = ":".join([*map(str, programs), environment["PATH"]])
        printed = ""
        for language, text in BLOCK.findall(CHAPTERS[name]):
            if language == "python":
                write(tree.root, text)
            elif language == "text":
                missing = [line for line in text.splitlines() if line not in printed]
                assert not missing, printed
            else:
                done = subprocess.run(
                    ["sh", "-eu", "-c", text],
                    cwd=tree.root,
                    env=environment,
                    text=True,
                    capture_output=True,
                    check=False,
                )
                printed = done.stdout + done.stderr
                assert (done.returncode != 0) == (language == "sh fails"), f"{text}\n{printed}"
                assert "Traceback" not in printed


def test_the_page_has_every_command():
    run = "".join(text for language, text in BLOCK.findall(PAGE) if language.startswith("sh"))
    assert [command for command in COMMANDS if command not in run] == []
    assert {language for language, _ in BLOCK.findall(PAGE)} == {"sh", "sh fails", "text", "python"}


def test_links_within_the_page_lead_somewhere():
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", PAGE), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors
