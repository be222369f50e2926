"""The table of every address, and what each of those who ask gets there; ``tests/test_routes.py`` walks it.

It says what a browser gets that sends what the page would send (``tests/routes/forms.py``): a status, or ``login`` and ``password`` for
being sent there. htmx gets the same, with HX-Redirect in the place of a redirect.
"""

import re
from functools import cache
from typing import NamedTuple

from flask import Flask

from tests.routes.world import WHO

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


@cache
def endpoint_of(app: Flask, method: str, path: str) -> str:
    """Raises HTTPException where no route answers."""
    return app.url_map.bind("localhost").match(path.partition("?")[0], method=method)[0]


# --- ids of another unit or outing


def names_in(row: Row) -> list[str]:
    return re.findall(r"{(\w+)}", row.address)
