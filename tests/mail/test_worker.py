"""Real commits, a real worker process and a real SMTP server: what was committed arrives, what was not never does."""

import logging
import os
import signal
import threading
import time

import pytest
from sqlalchemy import text

from app.extensions import db
from app.mail import send
from app.mail.queue import FIRST_PAUSE, LONGEST_PAUSE, MOST_ATTEMPTS, BackOff
from app.mail.transport import NotSent, Refused
from tests.database import quick
from tests.mail.servers import PEOPLES, post_office, work_off, worker
from tests.mail.test_letters import VALUES

TO = "marit-secret-address@example.org"
PATIENCE = 300  # seconds


def queue_one(site, to=TO, commit=True, **more):
    with site.app.app_context():
        send(to, "Hello", "identity/mail/new_device", **VALUES | more)
        (db.session.commit if commit else db.session.rollback)()


def rows(site, statement):
    with site.app.app_context():
        found = db.session.execute(text(statement))
        answer = [tuple(row) for row in found] if found.returns_rows else []
        db.session.commit()
        return answer


def jobs(site):
    return rows(site, "SELECT status::text, attempts, scheduled_at > now() FROM procrastinate_jobs ORDER BY id")


def failures(site):
    return rows(site, "SELECT recipient, reason, attempts, gave_up FROM mail_failures")


def test_committed_is_sent_rolled_back_is_not_and_nothing_stays(committed_db):
    with post_office() as post:
        queue_one(committed_db, commit=False)
        queue_one(committed_db, name="Marit Secret")
        said = work_off(committed_db.url, post.port)
    assert [message["To"] for message in post.messages] == [TO]
    assert jobs(committed_db) == []
    assert rows(committed_db, "SELECT * FROM procrastinate_events") == []
    assert "plain: sent" in said
    assert "ecret" not in said, "a log knows nobody"


def test_a_server_that_says_later_is_asked_again_and_one_that_says_no_is_not(committed_db):
    with post_office() as post:
        queue_one(committed_db)
        post.answers = ["451 4.7.1 Greylisted"]
        said = work_off(committed_db.url, post.port)
        assert post.messages == []
        assert jobs(committed_db) == [("todo", 1, True)]
        assert failures(committed_db) == [("m…@example.org", "The server said 451 4.7.1 Greylisted", 1, False)]
        assert "not sent (451), will be tried again" in said
        assert "secret" not in said
        rows(committed_db, "UPDATE procrastinate_jobs SET scheduled_at = now()")
        post.refusals = {"gone@example.org": "550 5.1.1 gone@example.org is unknown"}
        queue_one(committed_db, "gone@example.org")
        said = work_off(committed_db.url, post.port)
    assert len(post.messages) == 1
    assert jobs(committed_db) == [("failed", 1, None)]
    assert failures(committed_db) == [("g…@example.org", "The server said 550 5.1.1 … is unknown", 1, True)]
    assert "gone@" not in said


def test_a_worker_that_dies_after_the_server_said_yes_leaves_the_mail_to_the_next(committed_db):
    with post_office() as post:
        queue_one(committed_db)
        first = worker(committed_db.url, post.port)
        # The server has the mail, and nobody will ever tell the queue so.
        post.on_message = lambda: os.kill(first.pid, signal.SIGKILL)
        first.communicate(timeout=PATIENCE)
        assert first.returncode == -signal.SIGKILL
        assert [status for status, *_ in jobs(committed_db)] == ["doing"]
        post.on_message = None
        said = work_off(committed_db.url, post.port, "--stalled", "0.1")
    assert "its worker is gone" in said
    assert len(post.messages) == 2
    assert len({message["Message-ID"] for message in post.messages}) == 1
    assert jobs(committed_db) == []


@pytest.mark.parametrize(
    ("ending", "flask"), [(signal.SIGTERM, lambda: PEOPLES), (signal.SIGINT, lambda: [quick("flask")])]
)
def test_a_signal_lets_the_mail_at_hand_finish(committed_db, ending, flask):
    with post_office() as post:
        running = worker(committed_db.url, post.port, flask=flask())
        arrived = threading.Event()

        def end_it():
            running.send_signal(ending)
            time.sleep(0.3)  # the worker has the signal before it has the answer
            arrived.set()

        post.on_message = end_it
        queue_one(committed_db)  # while it waits: it is told
        said, _ = running.communicate(timeout=PATIENCE)
    assert arrived.is_set()
    assert running.returncode == 0, said
    assert "Traceback" not in said
    assert len(post.messages) == 1
    assert jobs(committed_db) == []
    assert rows(committed_db, "SELECT * FROM procrastinate_workers") == []


class Job:
    def __init__(self, attempts):
        self.attempts = attempts


def pause(error, attempts):
    from app.clock import now

    decision = BackOff().get_retry_decision(exception=error, job=Job(attempts))
    return decision and (decision.retry_at - now()).total_seconds()


def test_pauses_double_never_meet_and_end():
    for attempts in range(MOST_ATTEMPTS - 1):
        middle = min(FIRST_PAUSE * 2**attempts, LONGEST_PAUSE)
        pauses = {pause(NotSent("later"), attempts) for _ in range(20)}
        assert all(middle * 0.75 - 1 < found < middle * 1.25 + 1 for found in pauses)
        assert max(pauses) - min(pauses) > middle / 20
    assert pause(NotSent("later"), MOST_ATTEMPTS - 1) is None
    assert pause(Refused("no"), 0) is None
    assert pause(KeyError("our own mistake"), 0)


def test_defering_writes_no_value_into_a_log(committed_db, caplog):
    with caplog.at_level(logging.DEBUG):
        queue_one(committed_db)
    assert "secret" not in "".join(
        record.getMessage() + str(record.__dict__) for record in caplog.records if record.levelno > logging.DEBUG
    )
