"""``flask`` in a third of the time: a server has everything loaded and forks for each command.

The tests run more than a hundred commands, and each would spend a second on imports. In a copy of the project whose models
a test has changed, what is forked reads the application anew; revisions are read from the copy in any case. It lives no longer
than the ``flask`` that asked for it.
"""

import contextlib
import gc
import importlib
import marshal
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = [
    "flask.cli",
    "flask_migrate",
    "flask_sqlalchemy",
    "flask_login",
    "flask_wtf",
    "htmx_flask",
    "wtforms",
    "argon2",
    "dotenv",
    "email_validator",
    "pythonjsonlogger.json",
    "procrastinate.contrib.sqlalchemy",
    "psycopg2",
    "uuid_utils",
    "alembic.command",
    "alembic.ddl.postgresql",
    "alembic.autogenerate",
    "mako.template",
    "sqlalchemy.dialects.postgresql.psycopg2",
]
# A path may hold blanks, which the first line of a script cannot.
COMMAND = """#!/bin/sh
exec '{python}' -SE '{client}' "$@"
"""
# The modules of C alone: those around them would take longer to load than all else that it does.
CLIENT = """import _signal, _socket, marshal, posix, sys
server = _socket.socket(_socket.AF_UNIX)
server.connect({address!r})
for number in (_signal.SIGINT, _signal.SIGTERM):
    _signal.signal(number, lambda number, _: server.send(bytes([number])))
message = marshal.dumps([posix.getcwd(), sys.argv[1:], posix.environ])
files = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, b"".join(file.to_bytes(4, sys.byteorder) for file in (0, 1, 2)))
server.sendmsg([len(message).to_bytes(4, "big")], [files])
server.sendall(message)
sys.exit(int(server.recv(8) or 137))
"""


@contextlib.contextmanager
def quick_flask() -> Iterator[Path]:
    """A folder for the front of PATH, with a ``flask`` in it."""
    with tempfile.TemporaryDirectory(prefix="flask-") as folder:
        address = f"{folder}/socket"
        client, command = Path(folder, "client.py"), Path(folder, "flask")
        client.write_text(CLIENT.format(address=address))
        command.write_text(COMMAND.format(python=sys.executable, client=client))
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        server = subprocess.Popen([sys.executable, __file__, address], stdout=subprocess.PIPE)
        try:
            assert server.stdout
            server.stdout.readline()
            yield Path(folder)
        finally:
            server.terminate()
            server.wait()


def serve(address: str) -> None:
    """Fork for each that comes."""
    gc.disable()  # no command lives long enough to leave rubbish
    for name in [*LIBRARIES, "app.house"]:
        importlib.import_module(name)
    importlib.import_module("sqlalchemy.orm").configure_mappers()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                answer(connection)
            connection.close()


def move_to(folder: Path) -> None:
    """The application is that of ``folder`` now: the one that is loaded, if they are the same in every file."""
    loaded = [name for name in sys.modules if name.partition(".")[0] == "app"]
    if folder.joinpath("app").resolve() == ROOT / "app" or sources(folder) == sources(ROOT):
        for name in loaded:
            if getattr(sys.modules[name], "ROOT", None) == ROOT:
                sys.modules[name].ROOT = folder  # type: ignore[attr-defined]
    else:
        for name in loaded:
            del sys.modules[name]


def sources(folder: Path) -> dict[Path, tuple[int, int]]:
    """The files of an application; a copy keeps their times."""
    found = {path.relative_to(folder): path.stat() for path in folder.joinpath("app").rglob("*.py")}
    return {path: (state.st_size, state.st_mtime_ns) for path, state in found.items()}


def answer(connection: socket.socket) -> None:
    """Become the client, and run its command."""
    from flask.cli import main

    size, files, _, _ = socket.recv_fds(connection, 4, 3)
    folder, command, environment = marshal.loads(connection.makefile("rb").read(int.from_bytes(size, "big")))
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(folder)
    if Path(folder) != ROOT:
        sys.path.remove(str(ROOT))
        move_to(Path(folder))
    os.environ.clear()
    os.environb.update(environment)
    threading.Thread(target=obey, args=(connection,), daemon=True).start()
    sys.argv = ["flask", *command]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code).encode())
    os._exit(0)


def obey(connection: socket.socket) -> None:
    """A test that sends a signal to its ``flask`` means this process, and so does one that kills it."""
    while number := connection.recv(1):
        os.kill(os.getpid(), number[0])
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # not this folder
    serve(sys.argv[1])
