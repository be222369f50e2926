"""``flask db`` as people run it, in the project or in a copy of it where revisions can be written."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from sqlalchemy import URL

from tests.database import FLASK, ROOT, quick, settings


@dataclass(frozen=True)
class Tree:
    """A project tree and the database that it is configured for."""

    root: Path
    url: URL

    def environment(self, **more: str) -> dict[str, str]:
        """With the quick ``flask`` and ``python`` first and then the programs of this Python, as in an activated .venv."""
        path = os.pathsep.join([os.environ[FLASK], str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**os.environ, **settings(self.url), "PATH": path, **more}

    def start(self, *command: str, **more: str) -> "subprocess.Popen[str]":
        """``flask db ...``, without waiting for it."""
        return subprocess.Popen(
            [quick("flask"), "db", *command],
            cwd=self.root,
            env=self.environment(**more),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def db(self, *command: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """``flask db ...``, and its end."""
        process = self.start(*command, **more)
        stdout, stderr = process.communicate(timeout=120)
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def upgrade(self, revision: str = "head") -> None:
        """``flask db upgrade``, which must go well."""
        done = self.db("upgrade", revision)
        assert done.returncode == 0, done.stderr

    def connect(self) -> "psycopg2.extensions.connection":
        """To the database, as psycopg2 does it."""
        return psycopg2.connect(self.url.set(drivername="postgresql").render_as_string(hide_password=False))

    def rows(self, statement: str) -> list[tuple]:
        """Run one statement for good."""
        connection = self.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            found = cursor.fetchall() if cursor.description else []
        connection.close()
        return found

    def write_revision(self, name: str, follows: str | None, upgrade: str, downgrade: str = "pass") -> None:
        """A revision ``name`` with one-line bodies."""
        text = f'"""{name}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\nrevision = {name!r}\ndown_revision = {follows!r}\n'
        text += f"\n\ndef upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
        (self.root / "migrations" / "versions" / f"{name}.py").write_text(text)


def copy_of_the_project(folder: Path, url: URL, *, with_models: bool = False) -> Tree:
    """What ``flask`` needs, in ``folder``, where revisions can be written; models only ``with_models``. The rest is that of the project."""
    copied = ["migrations", *(["app"] if with_models else [])]
    for name in ("app", "migrations", "templates", "static"):
        if name in copied:
            shutil.copytree(ROOT / name, folder / name)  # what Python has compiled comes along
        else:
            (folder / name).symlink_to(ROOT / name, target_is_directory=True)
    for name in ("wsgi.py", ".env.example"):
        shutil.copy(ROOT / name, folder)
    return Tree(folder, url)
