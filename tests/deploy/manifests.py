"""Reading the files under deploy/."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
K8S = ROOT / "deploy" / "k8s"


@cache
def objects() -> dict[tuple[str, str], dict[str, Any]]:
    """Every object by kind and name; read once, and changed by nobody."""
    found = [
        document for file in sorted(K8S.glob("*.yaml")) for document in yaml.safe_load_all(file.read_text()) if document
    ]
    return {(document["kind"], document["metadata"]["name"]): document for document in found}


def pod_of(kind: str, name: str) -> dict[str, Any]:
    """The Pod that a Job, a CronJob or a Deployment makes."""
    spec = objects()[kind, name]["spec"]
    return spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]


def environment_of(container: dict[str, Any]) -> dict[str, str]:
    """What the container finds in its environment; KeyError when a key is nowhere defined."""
    found = {}
    for variable in container["env"]:
        if "value" in variable:
            found[variable["name"]] = variable["value"]
        elif "configMapKeyRef" in variable["valueFrom"]:
            source = variable["valueFrom"]["configMapKeyRef"]
            found[variable["name"]] = objects()["ConfigMap", source["name"]]["data"][source["key"]]
        else:
            source = variable["valueFrom"]["secretKeyRef"]
            found[variable["name"]] = objects()["Secret", source["name"]]["stringData"][source["key"]]
    return found


def settings_known() -> set[str]:
    """The variables that .env.example explains."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
