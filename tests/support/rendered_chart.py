"""The Helm chart as Kubernetes would get it, and what it is checked against, without a cluster."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

ROOT = Path(__file__).parents[2]
HELM = ROOT / "deploy" / "helm"
CHART = HELM / "voronka"
EXAMPLES = {path.stem: path for path in sorted((CHART / "ci").glob("*.yaml"))}
TOOLS = ROOT / ".venv" / "deploy-tools"
CUSTOM = ROOT / "deploy" / "tests" / "custom_resources.yaml"
OPERATORS = ("monitoring.coreos.com/v1", "keda.sh/v1alpha1", "external-secrets.io/v1", "gateway.networking.k8s.io/v1")

Manifest = dict[str, Any]


@cache
def tools() -> Path:
    """The folder with helm, kubectl and the schemas of Kubernetes."""
    subprocess.run([sys.executable, HELM / "tools.py", TOOLS], check=True)
    return TOOLS


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What helm says."""
    return subprocess.run([tools() / "helm", *arguments], capture_output=True, text=True, check=False)


@cache
def rendered(example: str, *options: str) -> Sequence[Manifest]:
    """The objects of the chart with the values of an example; ``options`` go to ``helm template``."""
    result = helm("template", "v", str(CHART), "--namespace", "crm", "--values", str(EXAMPLES[example]), *options)
    assert result.returncode == 0, result.stderr
    return tuple(objects(result.stdout))


def with_operators(example: str) -> Sequence[Manifest]:
    """The same in a cluster that knows the kinds of all operators."""
    return rendered(example, *(f"--api-versions={group}" for group in OPERATORS))


def refused(example: str, *options: str) -> str:
    """Why helm does not render these values."""
    result = helm("template", "v", str(CHART), "--values", str(EXAMPLES[example]), *options)
    assert result.returncode != 0, "helm took it"
    return result.stderr


def objects(text: str) -> Iterator[Manifest]:
    """The objects of a stream of YAML."""
    yield from (one for one in yaml.load_all(text, yaml.CSafeLoader) if one)


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    """Those of some kinds."""
    return [one for one in manifests if one["kind"] in kinds]


def pods(manifests: Sequence[Manifest]) -> dict[str, Manifest]:
    """Every pod that would run, as ``metadata`` and ``spec``, by kind and name."""
    found = {}
    for one in manifests:
        named = f"{one['kind']}/{one['metadata']['name']}"
        if one["kind"] in ("Deployment", "Job"):
            found[named] = one["spec"]["template"]
        elif one["kind"] == "Pod":
            found[named] = one
    return found


def kubernetes_faults(manifest: Manifest, version: str) -> list[str] | None:
    """What Kubernetes of a version (`1.29`) says against an object, unknown fields included; None: not its kind."""
    group, _, api = manifest["apiVersion"].rpartition("/")
    name = "-".join(part for part in (manifest["kind"].lower(), group.partition(".")[0], api) if part)
    validator = _core(version, name)
    return None if validator is None else [fault.message for fault in validator.iter_errors(manifest)]


@cache
def _core(version: str, name: str) -> jsonschema_rs.Draft202012Validator | None:
    folder = f"kubernetes_validate/kubernetes-json-schema/v{version}.0-local-strict"
    with zipfile.ZipFile(tools() / "kubernetes-schemas.zip") as archive:
        try:
            schema = json.loads(archive.read(f"{folder}/{name}.json"))
        except KeyError:
            return None
    schema["$id"] = f"https://kubernetes.test/api/{name}.json"
    return jsonschema_rs.Draft202012Validator(schema, registry=_definitions(version))


@cache
def _definitions(version: str) -> jsonschema_rs.Registry:
    folder = f"kubernetes_validate/kubernetes-json-schema/v{version}.0-local-strict"
    with zipfile.ZipFile(tools() / "kubernetes-schemas.zip") as archive:
        content = json.loads(archive.read(f"{folder}/_definitions.json"))
    return jsonschema_rs.Registry([("https://kubernetes.test/api/_definitions.json", content)])


@cache
def custom_resources() -> dict[str, Manifest]:
    """The schemas written for what operators read, by ``apiVersion/Kind``."""
    written = yaml.safe_load(CUSTOM.read_text())
    shared = written.pop("shared")
    return {kind: {"$defs": shared, **schema} for kind, schema in written.items()}


def custom_faults(manifest: Manifest) -> list[str]:
    """What the written schema of an operator's kind says against an object; a kind without one is a fault."""
    kind = f"{manifest['apiVersion']}/{manifest['kind']}"
    schema = custom_resources().get(kind)
    if schema is None:
        return [f"no schema was written for {kind}"]
    validator = jsonschema_rs.Draft202012Validator(schema)
    return [f"{fault.instance_path}: {fault.message}" for fault in validator.iter_errors(manifest)]
