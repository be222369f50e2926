"""The floor: the least work that Flask, psycopg2 and Jinja can do for the same job.

``GET /fifty`` reads fifty rows by one SELECT and prints them as a table. ``POST /signup/<id>`` is the smallest correct
sign-up: row lock, check, inserts, answer. No session, no CSRF, no validation, no layout. ``FLOOR_DSN`` names a
database that ``floor.sql`` has prepared.
"""

import os
import threading

import psycopg2
from flask import Flask, render_template, request

DSN = os.environ.get("FLOOR_DSN", "")
# SQL statements of each request; a sign-up of two people locks, inserts three rows and counts.
STATEMENTS = {"fifty": 1, "signup": 5}

app = Flask(__name__)
of_thread = threading.local()


def connection() -> "psycopg2.extensions.connection":
    """One for each thread, kept open."""
    mine = getattr(of_thread, "connection", None)
    if mine is None or mine.closed:
        mine = of_thread.connection = psycopg2.connect(DSN)
    return mine


@app.get("/fifty")
def fifty() -> str:
    """Fifty rows as a table."""
    with connection() as transaction, transaction.cursor() as cursor:
        cursor.execute("SELECT id, name, patrol, kind, day FROM person WHERE outing_id = %s ORDER BY id", (7,))
        rows = cursor.fetchall()
    return render_template("table.html", title="Outing 7", rows=rows)


@app.post("/signup/<int:outing_id>")
def signup(outing_id: int) -> tuple[str, int]:
    """Seats for a family, all or none."""
    family, people = int(request.form["family"]), [int(person) for person in request.form.getlist("people")]
    with connection() as transaction, transaction.cursor() as cursor:
        cursor.execute("SELECT name, cap, taken FROM outing WHERE id = %s FOR UPDATE", (outing_id,))
        name, cap, taken = cursor.fetchone()
        if taken + len(people) > cap:
            return "full", 409
        cursor.execute("INSERT INTO signup (outing_id, family_id) VALUES (%s, %s) RETURNING id", (outing_id, family))
        (signup_id,) = cursor.fetchone()
        for person in people:
            cursor.execute(
                "INSERT INTO participant (signup_id, outing_id, person_id) VALUES (%s, %s, %s)",
                (signup_id, outing_id, person),
            )
        cursor.execute("UPDATE outing SET taken = taken + %s WHERE id = %s", (len(people), outing_id))
    rows = [(person, "Scout", "Fox", "youth", "2026-12-05") for person in people]
    return render_template("table.html", title=name, rows=rows), 201
