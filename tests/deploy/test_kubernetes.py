"""The manifests: valid for the API, and of one mind with the application's settings."""

import re

import kubernetes_validate
import pytest

from app.config import Config, ConfigError
from app.mail.worker import CONCURRENCY
from tests.deploy.manifests import ROOT, environment_of, objects, pod_of, settings_known

WEB, MIGRATIONS = ("Deployment", "scouting-outing"), ("Job", "scouting-outing-migrations")
WORKER = ("Deployment", "scouting-outing-worker")
TIDY = ("CronJob", "scouting-outing-tidy")
PURGE = ("CronJob", "scouting-outing-purge-health")
PODS = (WEB, MIGRATIONS, WORKER, TIDY, PURGE)
KEYS = {"SECRET_KEY": "a9f3c2e1b8d7465091fe3a7cbd2468e0", "HEALTH_KEY": "0e8642dbc7a3ef1905647d8b1e2c3f9a"}
OLDEST = "1.27"


def container_of(which):
    (container,) = pod_of(*which)["containers"]
    return container


@pytest.mark.parametrize("name", objects(), ids="-".join)
def test_the_api_would_take_it(name):
    for version in (OLDEST, kubernetes_validate.latest_version()):
        kubernetes_validate.validate(objects()[name], version, strict=True)


def test_the_validator_sees_a_wrong_field():
    wrong = objects()[MIGRATIONS] | {"spec": {"template": {}, "backofLimit": 3}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, OLDEST, strict=True)


@pytest.mark.parametrize("which", PODS, ids="-".join)
def test_every_variable_is_one_that_the_application_reads(which):
    assert environment_of(container_of(which)).keys() <= settings_known()


@pytest.mark.parametrize("which", PODS, ids="-".join)
def test_the_application_starts_with_these_values_once_the_example_key_is_replaced(which):
    env = environment_of(container_of(which))
    with pytest.raises(ConfigError, match="SECRET_KEY is a well-known example"):
        Config.from_env(env)
    config = Config.from_env(env | KEYS)
    assert config.is_production
    assert config.database_url.render_as_string() == (
        f"postgresql+psycopg2://{env['POSTGRES_USER']}:***@postgres.example.internal:5432/scouting_outing"
    )


# What the web's Pods do not set, and why.
LEFT_ALONE = {
    # One-off commands of people.
    *("ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_NAME", "ADMIN_PASSWORD", "DEMO_PASSWORD"),
    # The parts are set instead; migrations have a Job of their own, and mail a worker.
    *("DATABASE_URL", "MIGRATION_DATABASE_URL", "SMTP_PASSWORD", "SMTP_USER", "SMTP_PORT", "SMTP_TLS"),
    *("MIGRATION_LOCK_TIMEOUT", "MIGRATION_PATIENCE", "MIGRATION_STATEMENT_TIMEOUT"),
    # As the code has them.
    *("DATABASE_LOCK_TIMEOUT", "DATABASE_STATEMENT_TIMEOUT", "DATABASE_IDLE_TIMEOUT", "WEB_PATIENCE"),
    *("PREPARED_STATEMENTS", "SQL_COMMENTS", "LOG_FORMAT", "HEALTH_KEEP_DAYS", "HEALTH_ASK_DAYS"),
}


def test_every_setting_is_set_or_left_alone_for_a_reason():
    assert settings_known() - environment_of(container_of(WEB)).keys() == LEFT_ALONE


def test_every_key_of_the_map_and_the_secrets_is_used():
    used = set()
    for which in PODS:
        for variable in container_of(which)["env"]:
            for kind, source in variable.get("valueFrom", {}).items():
                used.add(
                    ({"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}[kind], source["name"], source["key"])
                )
    defined = {
        (kind, name, key)
        for (kind, name), found in objects().items()
        for key in {**found.get("data", {}), **found.get("stringData", {})}
    }
    assert used == defined


def test_the_job_runs_once_and_can_be_waited_for():
    job = objects()[MIGRATIONS]["spec"]
    assert (job["parallelism"], job["completions"]) == (1, 1)
    assert 0 < job["backoffLimit"] < 10
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    assert container_of(MIGRATIONS)["command"] == ["flask", "db", "upgrade"]
    assert container_of(MIGRATIONS)["image"] == container_of(WEB)["image"]
    assert job["ttlSecondsAfterFinished"] > job["activeDeadlineSeconds"], "kubectl wait must still find it"


@pytest.mark.parametrize("which", PODS, ids="-".join)
def test_nobody_is_root_and_nothing_can_be_written(which):
    pod, container = pod_of(*which), container_of(which)
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert container["volumeMounts"][0]["mountPath"] == "/tmp"
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert pod["securityContext"]["runAsUser"] == int(user[1])
    assert pod["securityContext"]["runAsGroup"] == int(user[2])
    assert not container["image"].endswith(":latest")
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]


def test_the_probes_ask_by_a_name_that_the_site_answers_to(committed_db):
    container = container_of(WEB)
    trusted = environment_of(container)["TRUSTED_HOSTS"].split(",")
    committed_db.app.config["TRUSTED_HOSTS"] = trusted
    client = committed_db.app.test_client()
    for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        asked = container[probe]["httpGet"]
        headers = {header["name"]: header["value"] for header in asked["httpHeaders"]}
        assert asked["path"] == path
        assert client.get(path, headers=headers).status_code == 200


def test_only_the_worker_has_the_password_of_the_mail_server():
    having = [which for which in PODS if "SMTP_PASSWORD" in environment_of(container_of(which))]
    assert having == [WORKER]
    assert container_of(WORKER)["command"] == ["flask", "worker"]
    assert container_of(WORKER)["image"] == container_of(WEB)["image"]
    for which in (WEB, WORKER):
        assert Config.from_env(environment_of(container_of(which)) | KEYS).sends_mail


def test_only_those_that_open_health_notes_have_their_key():
    having = [which for which in PODS if "HEALTH_KEY" in environment_of(container_of(which))]
    assert having == [WEB, PURGE]


def test_pods_end_after_their_requests():
    gunicorn: dict = {}
    exec((ROOT / "gunicorn.conf.py").read_text(), gunicorn)
    waits = int(container_of(WEB)["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod_of(*WEB)["terminationGracePeriodSeconds"] > waits + gunicorn["graceful_timeout"]


def pod_labels(which):
    return objects()[which]["spec"]["template"]["metadata"]["labels"]


def test_everybody_means_the_same_pods():
    labels = objects()[WEB]["spec"]["template"]["metadata"]["labels"]
    found = objects()
    selectors = [
        objects()[WEB]["spec"]["selector"]["matchLabels"],
        found["Service", "scouting-outing"]["spec"]["selector"],
        found["PodDisruptionBudget", "scouting-outing"]["spec"]["selector"]["matchLabels"],
    ]
    assert all(selector == labels for selector in selectors)
    assert pod_labels(WORKER) != labels
    job_labels = objects()[MIGRATIONS]["spec"]["template"]["metadata"]["labels"]
    assert job_labels != labels, "or the Service would send requests to the Job"
    autoscaler = found["HorizontalPodAutoscaler", "scouting-outing"]["spec"]
    assert (autoscaler["scaleTargetRef"]["kind"], autoscaler["scaleTargetRef"]["name"]) == WEB
    assert "replicas" not in objects()[WEB]["spec"]
    budget = found["PodDisruptionBudget", "scouting-outing"]["spec"]["minAvailable"]
    assert autoscaler["minReplicas"] > budget, "or no node could ever be emptied"


def test_all_pods_together_fit_into_postgresqls_usual_hundred_connections():
    env = environment_of(container_of(WEB))
    config = Config.from_env(env | KEYS)
    engine = config.flask_settings()["SQLALCHEMY_ENGINE_OPTIONS"]
    each = int(env["WEB_CONCURRENCY"]) * (engine["pool_size"] + engine["max_overflow"])
    engine_of_the_worker = each // int(env["WEB_CONCURRENCY"])
    worker = engine_of_the_worker + CONCURRENCY + 2
    most = objects()["HorizontalPodAutoscaler", "scouting-outing"]["spec"]["maxReplicas"]
    assert most * each + worker <= 100 - 10


def test_what_runs_by_the_clock_is_a_command_that_exists(committed_db):
    for (kind, name), found in objects().items():
        if kind == "CronJob":
            program, *words = container_of((kind, name))["command"]
            assert program == "flask"
            assert committed_db.app.cli.get_command(None, words[0]), words
            assert found["spec"]["concurrencyPolicy"] == "Forbid"
            assert container_of((kind, name))["image"] == container_of(WEB)["image"]
            labels = found["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
            assert labels["app.kubernetes.io/component"] != "web", "or the Service would send requests to it"


def test_only_prometheus_reaches_the_figures():
    template = objects()[WEB]["spec"]["template"]
    ports = {port["name"]: port["containerPort"] for port in container_of(WEB)["ports"]}
    assert environment_of(container_of(WEB))["METRICS_PORT"] == str(ports["metrics"])
    assert template["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])
    policy = objects()["NetworkPolicy", "scouting-outing"]["spec"]
    assert policy["podSelector"]["matchLabels"] == template["metadata"]["labels"]
    site, figures = policy["ingress"]
    assert (site["ports"], site.get("from")) == ([{"port": "http"}], None)
    assert figures["ports"] == [{"port": "metrics"}]
    assert figures["from"]
    service = objects()["Service", "scouting-outing"]["spec"]["ports"]
    assert [port["targetPort"] for port in service] == ["http"], "the figures are behind no Service"
