"""How gunicorn serves the app. It reads this file by itself; what differs between machines is set in the environment or ``.env``."""

import contextlib
import ctypes
import gc
import os
import pathlib
import sys
import tempfile

from app.config import environment
from app.env import ConfigError, port, seconds, whole_number
from app.web.worker import ShortLine

try:
    env = environment()
    bind = env.get("BIND") or f"0.0.0.0:{port(env, 'PORT', 5000)}"
    workers = whole_number(env, "WEB_CONCURRENCY", 2, least=1)
    threads = whole_number(env, "WEB_THREADS", 4, least=1)
    ShortLine.patience = seconds(env, "WEB_PATIENCE", 1)
except ConfigError as error:
    sys.exit(f"Scouting Outing Manager does not start: {error}")
# Threads share a worker's memory; the database pool has one connection for each of them (app/config.py). Before them
# stands a short line: 503 after a second at the latest, in place of a wait without end.
worker_class = ShortLine
# Load once, before the fork: a wrong setting is one sentence, not a loop of dying workers; and memory is shared.
preload_app = True
# On TERM a worker ends the requests that it has begun, for at most this many seconds.
graceful_timeout = 20
# A worker whose main thread gives no sign of life for so long is killed (a request may take longer, it has a thread).
timeout = 5
keepalive = 5
# So many open connections for one worker, nearly all of them idle; more wait unanswered, so this is far from the line.
worker_connections = 1000
# A worker starts over now and then, at a different moment than its neighbour, so that no leak grows old.
max_requests = 20_000
max_requests_jitter = 2_000
# The app writes one line for each request itself, with the request id and without personal data.
accesslog = None
errorlog = "-"
# The same form as the application's lines, and as silent about visitors.
logger_class = "app.web.server_log.ServerLog"
# tmpfs: a worker's heartbeat must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # nosec B108

# Nobody steers this server through a socket in a home folder, which a container may not even let it write.
control_socket_disable = True

M_MMAP_THRESHOLD = -3  # malloc.h of the GNU C library


def on_starting(server):
    """Open METRICS_PORT, if it is set. The application is loaded by now."""
    server.metrics = None
    app = server.app.wsgi()
    if getattr(app, "config", {}).get("METRICS_PORT"):
        from app.telemetry.serving import Metrics

        # The library reads this name. Where there is memory that looks like a disk, no figure waits for a disk.
        folder = tempfile.mkdtemp(prefix="scouting-metrics-", dir=worker_tmp_dir)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            server.metrics = Metrics(app, folder)
        except OSError as error:
            pathlib.Path(folder).rmdir()
            sys.exit(
                f"The metrics' port cannot be opened ({os.strerror(error.errno)}); choose another METRICS_PORT or METRICS_BIND."
            )


def pre_fork(server, worker):
    if server.metrics:
        server.metrics.give_slot(worker)


def when_ready(server):
    """Before the fork: the garbage collector need never again walk through what stays for ever, nor copy its pages by doing so."""
    gc.unfreeze()  # what wsgi.py has frozen as it was, with the rubbish of loading among it
    gc.collect()
    gc.freeze()


def post_fork(server, worker):
    """Give the 19 MiB that each password hash takes back to the system; glibc would keep them once for each thread."""
    # Another C library has no such knob, and needs none.
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)
    if server.metrics:
        server.metrics.serve(worker)


def child_exit(server, worker):
    if server.metrics:
        server.metrics.take_slot(worker)


def on_exit(server):
    if server.metrics:
        server.metrics.close()
