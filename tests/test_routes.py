"""Who may open what. One table of every address; a new route without a row fails, and so does a row without a route.

The table says what a browser gets that sends what the page would send (``tests/routes/world.py``): a status, or ``login``
and ``password`` for being sent there. htmx gets the same, with HX-Redirect in the place of a redirect.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import event, func, select
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.extensions import db
from app.identity.rules.accounts import digest
from app.web.spreadsheets import XLSX
from tests.one_transaction import Undone
from tests.routes.world import FORMS, HEALTH_FIELDS, WHO, InhabitedSite, World, browser_of

HTMX = {"HX-Request": "true"}

# {names} are things of tests/routes/world.py: the unit's own, and other_... of a unit that the asker has no part in.
TABLE = """
                                              nobody   parent   second   other    other    leader   leader   outing   admin    site     newly    sus-
                                                                guardian parent   leader   that was          lead              admin    made     pended
GET  /healthz                                 200      200      200      200      200      200      200      200      200      200      200      200
GET  /readyz                                  200      200      200      200      200      200      200      200      200      200      200      200
GET  /static/css/base.css                     200      200      200      200      200      200      200      200      200      200      200      200

GET  /login                                   200      303      303      303      303      303      303      303      303      303      password 200
POST /login                                   303      303      303      303      303      303      303      303      303      303      password 303
POST /logout                                  login    login    login    login    login    login    login    login    login    login    login    login
GET  /welcome/{token}                         200      200      200      200      200      200      200      200      200      200      password 200
POST /welcome/{token}                         303      303      303      303      303      303      303      303      303      303      password 303
GET  /welcome/made-up                         410      410      410      410      410      410      410      410      410      410      password 410
POST /welcome/made-up                         410      410      410      410      410      410      410      410      410      410      password 410
GET  /login/second                            login    login    login    login    login    login    login    login    login    login    password login
POST /login/second                            login    login    login    login    login    login    login    login    login    login    password login
GET  /account                                 login    200      200      200      200      200      200      200      200      200      password login
GET  /account/sessions                        login    200      200      200      200      200      200      200      200      200      password login
POST /account/sessions/{session}/end          login    303      404      404      404      404      404      404      404      404      password login
POST /account/sessions/end-others             login    303      303      303      303      303      303      303      303      303      password login
POST /login/passkey                           303      303      303      303      303      303      303      303      303      303      password 303
POST /login/second/passkey                    login    login    login    login    login    login    login    login    login    login    password login
GET  /account/factors/passkey                 login    200      200      200      200      200      200      200      200      200      password login
POST /account/factors/passkey                 login    422      422      422      422      422      422      422      422      422      password login
GET  /account/confirm                         login    200      200      200      200      200      200      200      200      200      password login
POST /account/confirm                         login    303      303      303      303      303      303      303      303      303      password login
GET  /account/factors                         login    200      200      200      200      200      200      200      200      200      password login
GET  /account/factors/app                     login    200      200      200      200      200      200      200      200      200      password login
POST /account/factors/app                     login    200      200      200      303      200      200      200      200      200      password login
POST /account/factors/codes                   login    303      303      303      200      303      303      303      303      303      password login
POST /account/factors/{factor}/remove         login    404      404      404      303      404      404      404      404      404      password login
POST /admin/accounts/{parent}/reset-second-factor login    404      404      404      404      404      404      404      404      303      password login
GET  /account/password                        login    200      200      200      200      200      200      200      200      200      200      login
GET  /login/provider                          303      303      303      303      303      303      303      303      303      303      password 303
GET  /login/provider/answer                   303      303      303      303      303      303      303      303      303      303      password 303
GET  /account/provider                        login    200      200      200      200      200      200      200      200      200      password login
POST /account/provider                        login    303      303      303      303      303      303      303      303      303      password login
POST /account/provider/remove                 login    303      303      303      303      303      303      303      303      303      password login
POST /account/password                        login    303      303      303      303      303      303      303      303      303      303      login

GET  /login/link                              200      200      200      200      200      200      200      200      200      200      password 200
POST /login/link                              303      303      303      303      303      303      303      303      303      303      password 303
GET  /login/forgot                            200      200      200      200      200      200      200      200      200      200      password 200
POST /login/forgot                            303      303      303      303      303      303      303      303      303      303      password 303
GET  /login/sent                              303      303      303      303      303      303      303      303      303      303      password 303
POST /login/sent                              303      303      303      303      303      303      303      303      303      303      password 303
GET  /login/with/{sign_in_token}              200      200      200      200      200      200      200      200      200      200      password 200
POST /login/with/{sign_in_token}              303      303      303      303      303      303      303      303      303      303      password 303
GET  /login/with/{reset_token}                410      410      410      410      410      410      410      410      410      410      password 410
GET  /login/reset/{reset_token}               200      200      200      200      200      200      200      200      200      200      password 200
POST /login/reset/{reset_token}               303      303      303      303      303      303      303      303      303      303      password 303
GET  /account/email                           login    200      200      200      200      200      200      200      200      200      password login
POST /account/email                           login    303      303      303      303      303      303      303      303      303      password login
GET  /account/email/{email_token}             login    200      403      403      403      403      403      403      403      403      password login
POST /account/email/{email_token}             login    303      403      403      403      403      403      403      403      403      password login
GET  /account/email/back/{back_token}         200      200      200      200      200      200      200      200      200      200      password 200
POST /account/email/back/{back_token}         303      303      303      303      303      303      303      303      303      303      password 303

GET  /account/data                            login    200      200      200      200      200      200      200      200      200      password login
POST /account/data                            login    200      200      200      200      200      200      200      200      200      password login
GET  /account/delete                          login    200      200      200      200      200      200      200      200      200      password login
POST /account/delete                          login    303      303      303      303      303      303      303      303      303      password login
POST /account/keep                            login    303      303      303      303      303      303      303      303      303      password login

GET  /admin/mail                              login    404      404      404      404      404      404      404      404      200      password login
POST /admin/mail/{failed_mail}                login    404      404      404      404      404      404      404      404      303      password login
GET  /dev/mail                                404      404      404      404      404      404      404      404      404      404      password 404
GET  /dev/mail/{kept_mail}                    404      404      404      404      404      404      404      404      404      404      password 404

GET  /family                                  login    200      200      200      200      200      200      200      200      200      password login
GET  /family/people/new                       login    200      200      200      200      200      200      200      200      200      password login
POST /family/people/new                       login    303      303      303      303      303      303      303      303      303      password login
GET  /family/people/{child}                   login    200      200      404      404      404      404      404      404      404      password login
POST /family/people/{child}                   login    303      303      404      404      404      404      404      404      404      password login
GET  /family/people/{child}/edit              login    200      200      404      404      404      404      404      404      404      password  login
GET  /family/people/{child}/contacts          login    200      200      404      404      404      404      404      404      404      password  login
POST /family/people/{child}/contacts          login    303      303      404      404      404      404      404      404      404      password  login
GET  /family/people/{child}/contacts/{contact} login    200      200      404      404      404      404      404      404      404      password  login
POST /family/people/{child}/contacts/{contact} login    303      303      404      404      404      404      404      404      404      password  login
GET  /family/people/{child}/collecting        login    200      200      404      404      404      404      404      404      404      password  login
GET  /family/people/{child}/collecting/{collector} login    200      200      404      404      404      404      404      404      404      password  login
GET  /family/people/{child}/photos            login    200      200      404      404      404      404      404      404      404      password  login
POST /family/people/{child}/photos            login    303      403      404      404      404      404      404      404      404      password  login
GET  /family/people/{own_person}/trainings    login    200      404      404      404      404      404      404      404      404      password  login
POST /family/people/{own_person}/trainings    login    303      404      404      404      404      404      404      404      404      password  login
POST /family/people/{own_person}/trainings/{claim}/withdraw login    303      404      404      404      404      404      404      404      404      password  login
GET  /family/people/{child}/guardians         login    200      200      404      404      404      404      404      404      404      password login
POST /family/people/{child}/guardians         login    200      403      404      404      404      404      404      404      404      password login
GET  /family/people/{child}/log               login    200      200      404      404      404      404      404      404      404      password login
GET  /family/people/{child}/health            login    200      403      404      404      404      404      404      404      404      password login
POST /family/people/{child}/health            login    303      403      404      404      404      404      404      404      404      password login
POST /family/people/{child}/health/unchanged  login    303      403      404      404      404      404      404      404      404      password login
GET  /family/people/{other_child}/health      login    404      404      200      404      404      404      404      404      404      password login
GET  /invitation/{invitation}                 200      200      200      200      200      200      200      200      200      200      password 200
POST /invitation/{invitation}                 303      303      303      303      303      303      303      303      303      303      password 303
GET  /invitation/made-up                      410      410      410      410      410      410      410      410      410      410      password 410
GET  /join/{child_link}                       200      200      200      200      200      200      200      200      200      200      password 200
POST /join/{child_link}                       303      303      303      303      303      303      303      303      303      303      password 303
GET  /join/{unit_link}                        200      200      200      200      200      200      200      200      200      200      password 200
POST /join/{unit_link}                        303      303      303      303      303      303      303      303      303      303      password 303
GET  /join/made-up                            410      410      410      410      410      410      410      410      410      410      password 410
POST /join/made-up                            410      410      410      410      410      410      410      410      410      410      password 410
GET  /join/sent                               200      200      200      200      200      200      200      200      200      200      password 200
GET  /join/confirm/{proof}                    200      200      200      200      200      200      200      200      200      200      password 200
POST /join/confirm/{proof}                    303      303      303      303      303      303      303      303      303      303      password 303
GET  /join/confirm/made-up                    410      410      410      410      410      410      410      410      410      410      password 410
GET  /units/{unit}/join                       200      200      200      200      200      200      200      200      200      200      password 200
POST /units/{unit}/join                       303      303      303      303      303      303      303      303      303      303      password 303
GET  /units/{other_unit}/join                 404      404      404      404      404      404      404      404      404      404      password 404
POST /units/{other_unit}/join                 404      404      404      404      404      404      404      404      404      404      password 404
GET  /family/people/{other_child}             login    404      404      200      404      404      404      404      404      404      password login
POST /family/people/{other_child}             login    404      404      303      404      404      404      404      404      404      password login
GET  /family/people/{neighbour}               login    404      404      404      404      404      404      404      404      404      password login
POST /family/people/{neighbour}               login    404      404      404      404      404      404      404      404      404      password login

GET  /                                        200      200      200      200      200      200      200      200      200      200      password 200
GET  /outings                                 200      200      200      200      200      200      200      200      200      200      password 200
GET  /outings?when=past                       200      200      200      200      200      200      200      200      200      200      password 200
GET  /outings/new                             login    403      403      403      200      403      200      200      200      200      password login
POST /outings/new                             login    403      403      403      422      403      303      303      303      303      password login
GET  /outings/{outing}                        login    200      200      404      404      404      200      200      200      200      password login
GET  /outings/{outing}/edit                   login    403      403      404      404      404      200      200      200      200      password login
POST /outings/{outing}/edit                   login    403      403      404      404      404      303      303      303      303      password login
POST /outings/{outing}/state                  login    403      403      404      404      404      303      303      303      303      password login
POST /outings/{outing}/leads                  login    403      403      404      404      404      303      303      303      303      password login
GET  /outings/{draft}                         login    404      404      404      404      404      200      200      200      200      password login
GET  /outings/{draft}/edit                    login    404      404      404      404      404      200      200      200      200      password login
POST /outings/{draft}/edit                    login    404      404      404      404      404      303      303      303      303      password login
POST /outings/{draft}/state                   login    404      404      404      404      404      303      303      303      303      password login

GET  /outings/{outing}/signup                 login    200      200      404      404      404      200      200      200      200      password login
POST /outings/{outing}/signup                 login    303      422      404      404      404      404      404      404      404      password login
GET  /outings/{draft}/signup                  login    404      404      404      404      404      200      200      200      200      password login
POST /outings/{draft}/signup                  login    404      404      404      404      404      404      404      404      404      password login

GET  /outings/{outing}/roster                 login    403      403      404      404      404      200      200      200      200      password login
GET  /outings/{outing}/roster.csv             login    403      403      404      404      404      200      200      200      200      password login
GET  /outings/{outing}/roster/add             login    403      403      404      404      404      200      200      200      200      password login
POST /outings/{outing}/roster/add             login    403      403      404      404      404      303      303      303      303      password login
GET  /outings/{outing}/roster/{row}           login    403      403      404      404      404      200      200      200      200      password login
POST /outings/{outing}/roster/{row}           login    403      403      404      404      404      303      303      303      303      password login
GET  /outings/{outing}/roster/{row}/edit      login    403      403      404      404      404      200      200      200      200      password login
GET  /outings/{outing}/roster/{row}/health    login    403      403      404      404      404      403      200      403      403      password login
POST /outings/{outing}/roster/{row}/undo      login    403      403      404      404      404      303      303      303      303      password login
POST /outings/{outing}/roster/{waiting_too}/place  login  403  403  404  404  404  303  303  303  303  password  login
GET  /outings/{outing}/meals                  login    403      403      404      404      404      200      200      200      200      password login
GET  /outings/{draft}/roster                  login    404      404      404      404      404      200      200      200      200      password login
GET  /outings/{draft}/roster.csv              login    404      404      404      404      404      200      200      200      200      password login

GET  /units                                   login    200      200      200      200      200      200      200      200      200      password login
POST /units                                   login    403      403      403      403      403      403      403      403      303      password login
GET  /admin/people                            login    404      404      404      404      404      404      404      404      200      password login
POST /admin/people/{parent}/suspension        login    404      404      404      404      404      404      404      404      303      password login
POST /admin/people/{parent}/site-admin        login    404      404      404      404      404      404      404      404      303      password login
GET  /admin/log                               login    404      404      404      404      404      404      404      404      200      password login
GET  /units/{unit}/log                        login    404      404      404      404      404      403      403      200      200      password login
GET  /units/{unit}/settings                   login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/settings                   login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/patrols                    login    404      404      404      404      404      200      200      200      200      password login
POST /units/{unit}/patrols                    login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/members                    login    404      404      404      404      404      200      200      200      200      password login
GET  /units/{unit}/members/new                login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/members/new                login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/members/{child}            login    404      404      404      404      404      200      200      200      200      password login
POST /units/{unit}/members/{child}            login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/members/{child}/edit       login    404      404      404      404      404      403      403      200      200      password login
GET  /units/{unit}/members/{lone_adult}/account  login  404  404  404  404  404  403  403  200  200  password  login
POST /units/{unit}/members/{lone_adult}/account  login  404  404  404  404  404  403  403  200  200  password  login
GET  /units/{unit}/members/{parent_person}/account  login  404  404  404  404  404  403  403  200  200  password  login
POST /units/{unit}/members/{parent_person}/account/link  login  404  404  404  404  404  403  403  200  200  password  login
GET  /units/{unit}/members/{child}/guardians  login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/members/{child}/guardians/{limited}  login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/invitations               login    404      404      404      404      404      200      200      200      200      password login
POST /units/{unit}/invitations               login    404      404      404      404      404      303      303      303      303      password login
POST /units/{unit}/invitations/print         login    404      404      404      404      404      200      200      200      200      password login
POST /units/{unit}/invitations/{sheet}/withdraw  login  404    404      404      404      404      303      303      303      303      password login
GET  /units/{unit}/invitations/requests/{request}  login  404  404      404      404      404      403      403      200      200      password login
POST /units/{unit}/invitations/requests/{request}/accept  login  404  404  404   404      404      403      403      303      303      password login
POST /units/{unit}/invitations/requests/{request}/decline  login  404  404  404  404      404      403      403      303      303      password login
GET  /units/{unit}/trainings                  login    404      404      404      404      404      200      200      200      200      password  login
GET  /units/{unit}/trainings?code=Y01&show=missing login    404      404      404      404      404      200      200      200      200      password  login
GET  /units/{unit}/trainings/{lone_adult}     login    404      404      404      404      404      200      200      200      200      password  login
GET  /units/{unit}/trainings/{lone_adult}/edit login    404      404      404      404      404      200      200      200      200      password  login
POST /units/{unit}/trainings/{lone_adult}     login    404      404      404      404      404      303      303      303      303      password  login
POST /units/{unit}/trainings/claims/{claim}   login    404      404      404      404      404      303      303      303      303      password  login
GET  /units/{unit}/members/roles              login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/members/roles/{parent}     login    404      404      404      404      404      403      403      303      303      password login
POST /units/{unit}/members/columns           login    404      404      404      404      404      303      303      303      303      password login
POST /units/{unit}/members/{lone_adult}/adult login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/members/{child}/positions  login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/members/{child}/positions  login    404      404      404      404      404      403      403      303      303      password login
POST /units/{unit}/members/{child}/positions/{position} login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/members/{child}/transfer   login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/members/{child}/transfer   login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/transfers                  login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/transfers/{transfer}       login    404      404      404      404      404      403      403      303      303      password login
POST /units/{unit}/patrols/{patrol}           login    404      404      404      404      404      403      403      303      303      password login
POST /units/{unit}/patrols/{patrol}/retire    login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/duplicates                 login    404      404      404      404      404      403      403      200      200      password login
GET  /units/{unit}/duplicates/{twin}/{twin_too} login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/duplicates/{twin}/{twin_too} login    404      404      404      404      404      403      403      303      303      password login
POST /units/{unit}/duplicates/merges/{merge}/undo login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/members/export.csv         login    404      404      404      404      404      403      403      200      200      password login
GET  /units/{unit}/members/export.xlsx        login    404      404      404      404      404      403      403      200      200      password login

GET  /units/{unit}/import                     login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/import                     login    404      404      404      404      404      403      403      303      303      password login
GET  /units/{unit}/import/{plan}              login    404      404      404      404      404      403      403      200      404      password login
POST /units/{unit}/import/{plan}              login    404      404      404      404      404      403      403      303      404      password login
POST /units/{unit}/import/{plan}/forget       login    404      404      404      404      404      403      403      303      404      password login
GET  /units/{unit}/import/{unnamed}/columns   login    404      404      404      404      404      403      403      200      404      password login
POST /units/{unit}/import/{unnamed}/columns   login    404      404      404      404      404      403      403      303      404      password login
GET  /units/{unit}/import/{imported}          login    404      404      404      404      404      403      403      200      200      password login
POST /units/{unit}/import/{imported}/undo     login    404      404      404      404      404      403      403      303      303      password login
POST /units/{unit}/import/{imported}/guardians/{parent_person}  login 404 404 404 404     404      403      403      303      303      password login
"""

LEADERS = {"leader", "lead", "admin", "site_admin"}
ADMINS = {"admin", "site_admin"}
HOMES = {"parent", "limited"}
OTHERS = {"other_parent", "other_leader", "site_admin"}
# What was planted in the world, and exactly who finds it on the way through the table.
SECRETS = {
    **{f"{field}-OWN": {"parent"} for field in HEALTH_FIELDS},
    "CONTACT-OWN": HOMES,
    "555-0188-1": HOMES,
    "555-0177-1": HOMES,
    **{f"{field}-FOREIGN": {"other_parent"} for field in HEALTH_FIELDS},
    "555-0177-2": {"other_parent"},
    "CONTACT-FOREIGN": {"other_parent"},
    # Whoever runs the site sees the names of accounts.
    "SecretOtherFamily": {"other_parent", "site_admin"},
    "SECRET-FOREIGN-OUTING": OTHERS,
    "SECRET-OTHER-UNIT": OTHERS,
    # On an outing that strangers read of.
    "SecretOnBoard": set(),
    "SecretNeighbour": LEADERS,
    "555-0166-3": LEADERS,
    # Not for every leader, and for no admin as such: see Can.OPEN_HEALTH.
    **{f"{field}-NEIGHBOUR": {"lead"} for field in HEALTH_FIELDS},
    # The cook's counts say to what, and of nobody.
    "ALLERGEN-NEIGHBOUR": LEADERS,
    "PROPOSAL-OWN": LEADERS,
    "SECRET-ROSTER-NOTE": LEADERS,
    "SECRET-DRAFT": LEADERS,
    "secret-neighbour@example.org": ADMINS,
    "secret-request@example.org": ADMINS,
    "SECRET-MESSAGE": ADMINS,
    "/welcome/": ADMINS,
    # One home's own address, and never the other's.
    "secret-home@example.org": ADMINS | {"limited"},
    "555-0177-3": set(),
    # Staff of an outing sees whom to call and who may collect somebody on it, and what the unit noted of old.
    "CONTACT-NEIGHBOUR": LEADERS,
    "COLLECTOR-NEIGHBOUR": LEADERS,
    "COLLECTING-NEIGHBOUR": LEADERS,
    "PICK-UP-NEIGHBOUR": LEADERS,
    "COLLECTOR-OWN": HOMES,
    "COLLECTING-FOREIGN": {"other_parent"},
    "PICK-UP-OWN": set(),
    "PICK-UP-FOREIGN": set(),
    "$argon2": set(),
}
OF_HEALTH = re.compile(f"({'|'.join(HEALTH_FIELDS)})-(OWN|FOREIGN|NEIGHBOUR|TYPED)")
HEALTH = re.compile(f"({'|'.join(HEALTH_FIELDS)})-NEIGHBOUR")


class Row(NamedTuple):
    """One line of the table."""

    method: str
    address: str
    expected: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.address}"


def rows_of(table: str) -> list[Row]:
    rows = []
    for line in table.splitlines():
        words = line.split()
        if words and words[0] in ("GET", "POST"):
            rows.append(Row(words[0], words[1], dict(zip(WHO, words[2:], strict=True))))
    return rows


ROWS = rows_of(TABLE)


@pytest.fixture(scope="session")
def app(inhabited_site: InhabitedSite) -> Flask:
    return inhabited_site.app


@pytest.fixture
def world(app: Flask, inhabited_site: InhabitedSite, db_session: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(app.config, "SITE_URL", "http://localhost")  # a name, for which there can be passkeys
    # A provider that does not answer.
    monkeypatch.setitem(app.config, "OIDC_ISSUER", "http://127.0.0.1:1")
    monkeypatch.setitem(app.config, "OIDC_NAME", "Scouting ID")
    return inhabited_site.world()


@cache
def endpoint_of(app: Flask, method: str, path: str) -> str:
    """Raises HTTPException where no route answers."""
    return app.url_map.bind("localhost").match(path.partition("?")[0], method=method)[0]


@pytest.fixture
def sent(app: Flask) -> Iterator[list[str]]:
    """Every statement that the last request sent, with its values."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        sent.append(f"{statement} {values}")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def ask(app: Flask, world: World, sent: list[str], undone: Undone) -> Callable[..., TestResponse]:
    """``ask(who, method, address)``: the answer; whatever it changed is undone at once."""

    def ask(who: str, method: str, address: str, *, names: dict[str, str] | None = None, **more: Any) -> TestResponse:
        path = address.format_map(names or world.ids)
        with undone():
            client = browser_of(world, who, app)
            if method == "POST":
                more.setdefault("data", FORMS[endpoint_of(app, method, path)](world, who))
            sent.clear()
            response = client.open(path, method=method, **more)
            response.get_data()
            return response

    return ask


def test_every_route_has_a_row_and_every_row_a_route(app, world):
    listed = set()
    for row in ROWS:
        try:
            listed.add((endpoint_of(app, row.method, row.address.format_map(world.ids)), row.method))
        except HTTPException:
            pytest.fail(f"no route answers to {row}")
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == listed


def test_every_post_has_an_honest_form(app, world):
    posts = {endpoint_of(app, "POST", row.address.format_map(world.ids)) for row in ROWS if row.method == "POST"}
    assert posts == FORMS.keys()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_table(row, ask, sent, caplog, world):
    answers = {}
    for who in WHO:
        answers[who] = ask(who, row.method, row.address)
        check_traces(answers[who], sent, row, who)
    assert {who: in_words(answers[who], row.expected[who]) for who in WHO} == row.expected
    for who, answer in answers.items():
        check_headers(answer, signed_in=who != "nobody" and not row.address.startswith("/static"))
        check_secrets(answer, row, who)
        check_token(answer, world.keys.get(who))
    for who in WHO:
        answer = ask(who, row.method, row.address, headers=HTMX)
        check_traces(answer, sent, row, who)
        check_fragment(answer, row.expected[who], who)
        check_headers(answer, signed_in=who != "nobody" and not row.address.startswith("/static"))
        check_secrets(answer, row, who)
    assert not OF_HEALTH.search(caplog.text)


def in_words(answer: TestResponse, expected: str) -> str:
    """The status, or where the browser is sent, if that is what the table asks for."""
    if answer.status_code in (302, 303) and expected in ("login", "password"):
        return place_of(answer)
    return str(answer.status_code)


def place_of(answer: TestResponse) -> str:
    target = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or ""
    return {"/login": "login", "/account/password": "password"}.get(target.partition("?")[0], target)


def check_fragment(answer: TestResponse, expected: str, who: str) -> None:
    """What htmx gets where a browser gets ``expected``."""
    assert "Location" not in answer.headers, "htmx would follow it and put a whole page into a part"
    if answer.mimetype == "text/html" and answer.status_code != 204:
        assert "HX-Request" in answer.headers.get("Vary", ""), who
    if expected in ("login", "password"):
        assert (answer.status_code, place_of(answer)) == (204, expected), who
    elif expected == "303":
        assert answer.status_code == 200 or (answer.status_code == 204 and "HX-Redirect" in answer.headers), who
    else:
        assert answer.status_code == int(expected), who
    if answer.status_code >= 400:
        # A form comes back with its errors; any other refusal leaves the page as it is.
        assert answer.headers.get("HX-Reswap") == "none" or b"There is a problem" in answer.data, who


def check_headers(answer: TestResponse, *, signed_in: bool) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if signed_in:
        assert answer.headers["Cache-Control"] == "no-store"


# --- what nobody may read


def check_secrets(answer: TestResponse, row: Row, who: str) -> None:
    """Nothing of what was planted is read by somebody, or in a place, that it is not for."""
    text = text_of(answer)
    for secret, readers in SECRETS.items():
        assert who in readers or not has(text, secret, row), f"{who} reads {secret}"
    found = set(HEALTH.findall(text))
    assert not found or row.address.endswith("/health") or (found == {"ALLERGEN"} and row.address.endswith("/meals")), (
        f"{who} reads health notes in passing"
    )


def check_token(answer: TestResponse, token: str | None) -> None:
    """No answer holds the token of the session that it is given to."""
    text = text_of(answer)
    assert token is None or (token not in text and digest(token) not in text)


def check_traces(answer: TestResponse, sent: list[str], row: Row, who: str) -> None:
    """No word about health goes to the database but sealed, and whoever reads of another family leaves one entry."""
    statements = "\n".join(sent)
    assert not OF_HEALTH.search(statements), f"{who} sends words about health openly"
    looks = statements.count("INSERT INTO health_reads")
    details = row.address.endswith("/health") and HEALTH.search(text_of(answer))
    assert looks == (1 if details else 0), f"{who} leaves {looks} entries"


def has(text: str, secret: str, row: Row) -> bool:
    """The address that one came by is no secret: a form may post back to it."""
    return secret in text and not (secret == "/welcome/" and row.address.startswith(secret))


def body_of(answer: TestResponse) -> str:
    """What a page, a workbook or a ZIP says."""
    if answer.mimetype == XLSX:
        sheet = load_workbook(io.BytesIO(answer.data)).active
        return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    if answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
            return "\n".join(file.read(name).decode() for name in file.namelist())
    return answer.get_data(as_text=True)


def text_of(answer: TestResponse) -> str:
    """The same and toasts, which go by a header; where one is sent is a page of its own."""
    said = [f"{name}: {value}" for name, value in answer.headers if name not in ("Location", "HX-Redirect")]
    return "\n".join([body_of(answer), *said])


# Where they stand together, so that few pages have to be asked for.
TELLING = (
    "POST /account/data", "GET /outings/{outing}/roster/{row}", "GET /outings/{outing}/roster/{row}/health", "GET /", "GET /admin/people",
    "GET /units/{unit}/members", "GET /outings/{outing}/meals", "GET /units/{unit}/invitations",
    "POST /units/{unit}/members/{lone_adult}/account", "GET /units/{unit}/log", "GET /units/{unit}/members/roles",
)  # fmt: skip


@pytest.mark.parametrize("who", WHO)
def test_whoever_may_read_a_secret_finds_it(who, ask):
    # Otherwise a marker that no page prints would prove nothing about those who must not read it.
    unseen = {secret for secret, readers in SECRETS.items() if who in readers}
    for row in sorted(ROWS, key=lambda row: str(row) not in TELLING):
        if unseen and row.expected[who] == "200":
            text = text_of(ask(who, row.method, row.address))
            unseen -= {secret for secret in unseen if has(text, secret, row)}
    assert unseen == set()


# --- ids of another unit or outing


def names_in(row: Row) -> list[str]:
    return re.findall(r"{(\w+)}", row.address)


FOREIGN = {
    "outing": ("other_outing",), "draft": ("other_outing",), "unit": ("other_unit",),
    "row": ("sibling_row", "other_row"), "waiting_too": ("sibling_row", "other_row"),
    "child": ("other_child",), "lone_adult": ("other_person",), "parent_person": ("other_person",),
    "parent": ("other_parent",), "limited": ("other_parent",), "neighbour": ("other_child",),
    "plan": ("other_import",), "unnamed": ("other_import",), "imported": ("other_import",),
    "sheet": ("other_sheet",), "contact": ("other_contact",), "collector": ("other_collector",), "claim": ("other_claim",),
    "own_person": ("other_person",), "request": ("other_request",),
    "position": ("other_position",), "transfer": ("other_transfer",), "patrol": ("other_patrol",), "twin": ("other_unit",), "twin_too": ("other_unit",), "merge": ("other_merge",),
}  # fmt: skip


@pytest.mark.parametrize("row", [row for row in ROWS if FOREIGN.keys() & names_in(row)], ids=str)
def test_a_thing_of_another_unit_or_outing_is_not_there(row, ask, world):
    # A site admin may do everything in both units, so that only an address that agrees with itself can work.
    askers = ("parent", "leader", "admin", "site_admin") if len(names_in(row)) > 1 else ("parent", "leader", "admin")
    for name in names_in(row):
        for foreign in FOREIGN.get(name, ()):
            for who in askers:
                answer = ask(who, row.method, row.address, names=world.ids | {name: world[foreign]})
                # Where one may not even do it here, that refusal may come first.
                assert answer.status_code == 404 or answer.status_code == int(row.expected[who]) >= 400, (who, foreign)


@pytest.mark.parametrize(
    "address",
    [
        "/outings/{outing}",
        "/outings/{outing}/roster/{row}",
        "/family/people/{child}",
        "/units/{unit}/members/{child}",
    ],
)
def test_one_answer_for_foreign_and_never_made(address, ask, world):
    names = dict.fromkeys(world.ids, "00000000-0000-7000-8000-000000000000")
    foreign = {"outing": "other_outing", "row": "other_row", "child": "other_child", "unit": "other_unit"}
    other = world.ids | {name: world[thing] for name, thing in foreign.items()}
    pages = {
        re.sub(r'(name="csrf_token" value=|"X-CSRFToken": )"[^"]+"', "", answer.text)
        for answer in (ask("leader", "GET", address, names=known) for known in (names, other))
    }
    assert len(pages) == 1


# --- forgery


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "POST"], ids=str)
def test_a_form_without_its_token_changes_nothing(row, ask, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    for who in ("nobody", "parent", "site_admin"):
        assert ask(who, "POST", row.address).status_code == 400
    answer = ask("site_admin", "POST", row.address, headers=HTMX | {"X-CSRFToken": "made-up"})
    assert answer.status_code == 400
    assert answer.headers["HX-Reswap"] == "none"
    assert not answer.data
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before


def test_another_browsers_token_is_no_token(app, world, sign_in, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    mine, theirs = (browser_of(world, who, app) for who in ("parent", "other_parent"))
    tokens = [
        re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1] for client in (mine, theirs)
    ]
    assert mine.post("/logout", data={"csrf_token": tokens[1]}).status_code == 400
    assert mine.post("/logout", headers={"X-CSRFToken": tokens[1]}).status_code == 400
    assert mine.post("/logout", headers={"X-CSRFToken": tokens[0]}).status_code == 303
