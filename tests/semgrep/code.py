# Each of these must be found: bin/scan says so. Nothing here is ever run.


def statements(session, name, text):
    # ruleid: raw-sql
    session.execute(text(f"SELECT * FROM people WHERE name = '{name}'"))
    # ruleid: raw-sql
    session.execute("SELECT * FROM people WHERE name = '%s'" % name)
    # ruleid: raw-sql
    session.connection().exec_driver_sql("SELECT * FROM people WHERE name = " + name)
    # ruleid: raw-sql
    session.scalar("SELECT {}".format(name))
    # ok: raw-sql
    session.execute(text("SELECT * FROM people WHERE name = :name"), {"name": name})


def markup(Markup, name, render_template_string, environment):
    # ruleid: marked-as-safe
    Markup(f"<b>{name}</b>")
    # ruleid: template-from-text
    render_template_string("Hello " + name)
    # ruleid: template-from-text
    environment.from_string(name)


def lookups(db, Person, Submission, person_id):
    # ruleid: looked-up-in-a-view
    db.session.get(Person, person_id)
    # ruleid: looked-up-in-a-view
    db.get_or_404(Person, person_id)
    # ok: looked-up-in-a-view
    db.session.get(Submission, person_id)


# ruleid: route-without-permission
@bp.get("/everything")
def everything():
    """Shows everything to everybody."""
    return "all"


# ok: route-without-permission
@bp.post("/some")
@needs(Can.SEE_PERSON)
def some():
    return "some"


# ok: route-without-permission
@bp.get("/alive")
@public
def alive():
    return "yes"


# ruleid: form-without-token
@csrf.exempt
def hook():
    return ""


def calls(urllib, requests, smtplib, address):
    # ruleid: waits-for-ever
    urllib.request.urlopen(address)
    # ruleid: waits-for-ever
    requests.get(address)
    # ruleid: waits-for-ever
    smtplib.SMTP(address)
    # ok: waits-for-ever
    urllib.request.urlopen(address, timeout=3)


def keys(current_app):
    # ruleid: reads-the-secret-key
    return current_app.config["SECRET_KEY"]


def leads(redirect, go, request, safe_next):
    # ruleid: goes-where-it-is-told
    redirect(request.args["next"])
    # ruleid: goes-where-it-is-told
    go(request.referrer or "/")
    # ok: goes-where-it-is-told
    go(safe_next(request.args.get("next"), "/"))
