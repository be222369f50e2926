"""``python -m bench.release_before``: the tests of the release before, on the schema of this one.

While a release is rolled out, and after the way back to the code of before, old code runs on the new schema. So a database is
migrated to the head of this checkout, and the tests of the release before, in a work tree of their own, get copies of it
instead of what their own migrations would make.

The release before is the last tag that ``HEAD`` has behind it. Without a tag it is the commit before the newest revision
was added: the last code that did not know it. Git must have the whole history.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import database

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = "migrations/versions"
# Tests that ask whether schema and code are of one release, or run a machine around the code: not about old code on a new schema.
LEFT_OUT = (
    "migrations",
    "doctor",
    "backup",
    "bench",
    "bin",
    "deploy",
    "telemetry/test_metrics.py",
    "test_architecture.py",
)
# A release that does not know TEST_TEMPLATE_DATABASE yet learns it in its work tree.
TAUGHT = """

def _make_template() -> None:
    execute(f'CREATE DATABASE "{_template()}" TEMPLATE "{os.environ["TEST_TEMPLATE_DATABASE"]}"')
"""


class NoRelease(RuntimeError):
    """There is nothing to compare with; the message says why."""


def main(arguments: list[str] | None = None) -> int:
    """Run them; the exit code is that of pytest, 2 when there is no release before."""
    parser = argparse.ArgumentParser(prog="python -m bench.release_before", description=__doc__)
    parser.add_argument("--release", help="a tag or commit, instead of the one that is found")
    parser.add_argument("tests", nargs="*", help="files of the release before, and options for pytest after --")
    options = parser.parse_args(arguments)
    try:
        release = options.release or release_before()
        print(f"The release before: {git('log', '-1', '--format=%h %s', release)}", flush=True)
        with database.test_server(), work_tree(release) as tree:
            return run_tests(tree, options.tests)
    except NoRelease as reason:
        print(reason, file=sys.stderr)
        return 2


def release_before() -> str:
    """A name of it that git knows.

    Raises:
        NoRelease: no work tree of git, a shallow one, or only one revision so far.
    """
    if git("rev-parse", "--is-shallow-repository") != "false":
        raise NoRelease("This checkout has no history: git fetch --unshallow.")
    with contextlib.suppress(NoRelease):
        return git("describe", "--tags", "--abbrev=0", "HEAD^")
    added = git("log", "--diff-filter=A", "--format=%H", "--", VERSIONS).splitlines()
    if len(added) < 2:
        raise NoRelease("There is one revision only, so no release before it.")
    return f"{added[0]}^"


def git(*arguments: str) -> str:
    """What git says.

    Raises:
        NoRelease: it cannot.
    """
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, text=True, capture_output=True, check=False)
    except OSError as error:
        raise NoRelease(f"git does not run: {error}") from None
    if done.returncode != 0:
        raise NoRelease(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


@contextlib.contextmanager
def work_tree(release: str) -> Iterator[Path]:
    """The files of that release in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="release-before-") as folder:
        packed = subprocess.Popen(["git", "archive", release], cwd=ROOT, stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", folder], stdin=packed.stdout, check=True)
        packed.wait()
        yield Path(folder)


def run_tests(tree: Path, tests: list[str]) -> int:
    """Its tests on copies of the template that this checkout has made."""
    fixtures = tree / "tests" / "database.py"
    if database.GIVEN not in fixtures.read_text():
        print(f"It does not know {database.GIVEN}; it is taught in its work tree.", flush=True)
        fixtures.write_text(fixtures.read_text() + TAUGHT)
    chosen = any((tree / name.partition("::")[0]).exists() for name in tests)  # and not options of pytest alone
    left_out = [] if chosen else [f"--ignore=tests/{name}" for name in LEFT_OUT]
    python = database.quick("python")
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *left_out, *old_ready(tree), *tests]
    environment = {name: value for name, value in os.environ.items() if not re.match("PYTEST_|COV_", name)}
    environment[database.GIVEN] = database.template()
    for name in (database.RUN, database.FLASK):
        environment.pop(name)
    return subprocess.run(command, cwd=tree, env=environment, check=False).returncode


def old_ready(tree: Path) -> list[str]:
    """Releases before ``is_behind`` called themselves unready on any schema but their own, and a test says so."""
    return [] if "is_behind" in (tree / "app" / "web" / "health.py").read_text() else ["-k", "not readyz"]


if __name__ == "__main__":
    sys.exit(main())
