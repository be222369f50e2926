"""What bin/run runs once the packages are there. It looks at the port first: to load the application takes a while."""

import gc
import os
import signal
import socket
import sys
from pathlib import Path

from dotenv import load_dotenv

ROOT = Path(__file__).resolve().parent.parent
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Serve until a signal stops it."""
    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # ignored under nohup
            signal.signal(number, _stop)
    try:
        _read_env_file()
        port = _free_port()
        gc.disable()  # until the application is loaded
        from bin.serve import serve

        return serve(port)
    except KeyboardInterrupt:
        return 0


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _read_env_file() -> None:
    try:
        load_dotenv(ROOT / ".env")
    except UnicodeDecodeError:
        sys.exit(".env is not UTF-8; save it as UTF-8.")
    except OSError as error:
        sys.exit(f".env cannot be read: {error.strerror}.")


def _free_port() -> int:
    """The one that is wished for; when it cannot be had, one sentence says what to do."""
    text = os.environ.get("PORT") or "5000"
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text!r}; it takes a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind(("127.0.0.1", int(text)))
        except PermissionError:
            sys.exit(f"Port {text} is for root only; choose one above 1023: PORT=5001 bin/run")
        except OSError:
            sys.exit(f"Port {text} is in use; choose another one: PORT={int(text) % 65535 + 1} bin/run")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
