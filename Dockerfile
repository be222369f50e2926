# The image for every kind of container: it serves, and with another command it migrates.
# Rebuild it every week or so, for the corrections of Debian and Python below it.
ARG PYTHON=python:3.11-slim-bookworm

# Packages are installed here; pip and its traces stay behind.
FROM ${PYTHON} AS packages
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /tmp/requirements.txt

FROM ${PYTHON}
# A number, so that Kubernetes can see that it is not root. It owns no file of the application.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin scouting
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv
COPY . .
# The file system may be read-only, so Python cannot keep what it compiles; it is compiled here.
RUN python -m compileall -q app migrations wsgi.py gunicorn.conf.py
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FLASK_APP=wsgi.py \
    APP_ENV=production \
    PORT=5000
USER 10001:10001
EXPOSE 5000
# Whether the process answers; whether the database does, too, is what /readyz says.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python", "deploy/healthcheck.py"]
# exec form: gunicorn is process 1 and gets the TERM that ends it in peace.
CMD ["gunicorn", "wsgi:app"]
