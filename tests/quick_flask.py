"""``flask`` and ``python -m`` in a third of the time: a server has everything loaded and forks for each command.

The tests run more than a hundred commands, and each would spend a second on imports. In a copy of the project whose models
a test has changed, the first command reads the application anew, and stays as the server of those that follow; revisions are
read from the copy in any case. What is forked lives no longer than the command that asked for it.
"""

import contextlib
import gc
import hashlib
import importlib
import marshal
import os
import runpy
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
FLASK = """#!/bin/sh
exec '{python}' -SE '{client}' "$0" "$@"
"""
PYTHON = """#!/bin/sh
[ "$1" = -m ] || exec '{python}' "$@"
exec '{python}' -SE '{client}' "$0" "$@"
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
    """A folder for the front of PATH, with a ``flask`` and a ``python`` in it."""
    with tempfile.TemporaryDirectory(prefix="flask-") as folder:
        address = f"{folder}/socket"
        client = Path(folder, "client.py")
        client.write_text(CLIENT.format(address=address))
        for name, text in (("flask", FLASK), ("python", PYTHON)):
            command = Path(folder, name)
            command.write_text(text.format(python=sys.executable, client=client))
            command.chmod(command.stat().st_mode | stat.S_IXUSR)
        # Who comes before everything is loaded stands in line meanwhile.
        with listen(address) as waiting:
            command = [sys.executable, __file__, str(waiting.fileno())]
            server = subprocess.Popen(command, pass_fds=[waiting.fileno()], process_group=0)
        try:
            yield Path(folder)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def load() -> None:
    """Everything that a command may need."""
    for name in [*LIBRARIES, "app.house"]:
        importlib.import_module(name)
    importlib.import_module("sqlalchemy.orm").configure_mappers()


def serve(listening: socket.socket) -> None:
    """Fork for each that comes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        connection, _ = listening.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            answer(connection, listening.getsockname())
        connection.close()


def listen(address: str) -> socket.socket:
    """A socket of that name."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    return listening


def address_for(folder: Path, mine: str) -> str:
    """Of the server that has the application of ``folder`` loaded: the first one, if it is that of ROOT in every file."""
    first = mine.partition("-of-")[0]
    if folder.joinpath("app").resolve() == ROOT / "app" or (found := sources(folder)) == sources(ROOT):
        return first
    return f"{first}-of-{hashlib.sha256(repr((folder, sorted(found.items()))).encode()).hexdigest()[:16]}"


def forget_the_application() -> None:
    """What is imported next is what lies in the working folder."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
        del sys.modules[name]


def become_server_of(folder: Path, address: str, connection: socket.socket, files: list[int]) -> None:
    """Load the application that lies there, and fork for this command and those that follow; come back in what was forked."""
    forget_the_application()
    sys.path.insert(0, str(folder))
    try:
        load()
        listening = listen(address)
    except Exception:  # the command says what is wrong with it, or another one has just done the same
        forget_the_application()
        return
    if os.fork():
        connection.close()
        for file in files:
            os.close(file)
        serve(listening)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def sources(folder: Path) -> dict[Path, tuple[int, int]]:
    """The files of an application; a copy keeps their times."""
    found = {path.relative_to(folder): path.stat() for path in folder.joinpath("app").rglob("*.py")}
    return {path: (state.st_size, state.st_mtime_ns) for path, state in found.items()}


def answer(connection: socket.socket, mine: str) -> None:
    """Become the client, and run its command."""
    size, files, _, _ = socket.recv_fds(connection, 4, 4)
    message = connection.makefile("rb").read(int.from_bytes(size, "big"))
    if len(files) == 4:  # passed on by another server, with the client's own connection
        connection = socket.socket(fileno=files.pop())
    folder, command, environment = marshal.loads(message)
    os.chdir(folder)
    if Path(folder) != ROOT:
        address = address_for(Path(folder), mine)
        if address != mine:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as other:
                other.connect(address)
                socket.send_fds(other, [size], [*files, connection.fileno()])
                other.sendall(message)
                os._exit(0)
            become_server_of(Path(folder), address, connection, files)
        else:
            for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
                if getattr(sys.modules[name], "ROOT", None) == ROOT:
                    sys.modules[name].ROOT = Path(folder)  # type: ignore[attr-defined]
        with contextlib.suppress(ValueError):
            sys.path.remove(str(ROOT))
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.environ.clear()
    os.environb.update(environment)
    threading.Thread(target=obey, args=(connection,), daemon=True).start()
    code, pid = 0, os.getpid()
    try:
        run(*command)
    except SystemExit as end:
        code = int(end.code) if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    if os.getpid() != pid:
        os._exit(code)  # what the command has forked, as a web server does, answers to it and not to the client
    connection.sendall(str(code).encode())
    os._exit(0)


def run(program: str, *arguments: str) -> None:
    """As if it had been started."""
    if Path(program).name == "flask":
        sys.argv = ["flask", *arguments]
        importlib.import_module("flask.cli").main()
        return
    gc.freeze()
    gc.enable()  # it may live long enough to leave rubbish
    sys.executable = program  # whatever it starts is as quick
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = [program, *arguments[2:]]
    runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)


def obey(connection: socket.socket) -> None:
    """A test that sends a signal to its ``flask`` means this process, and so does one that kills it."""
    while number := connection.recv(1):
        os.kill(os.getpid(), number[0])
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # not this folder
    gc.disable()  # no command lives long enough to leave rubbish
    load()
    serve(socket.socket(fileno=int(sys.argv[1])))
