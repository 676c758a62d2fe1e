"""The Helm chart, rendered for every example of values and checked without a cluster."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
import yaml
from events.reference import SERVICES, own_settings
from rendered_chart import (
    CHART,
    EXAMPLES,
    HELM,
    OPERATORS,
    Manifest,
    custom_faults,
    helm,
    kubernetes_faults,
    of_kind,
    pods,
    refused,
    rendered,
    with_operators,
)

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(300)]

VERSIONS = [f"1.{minor}" for minor in range(29, 38)]
EXAMPLE = pytest.mark.parametrize("example", EXAMPLES)


def environment(container: Manifest) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in container.get("env", [])}


def containers(example: str) -> list[tuple[str, Manifest]]:
    """Containers that run a service, with the service."""
    found = [pod["spec"]["containers"][0] for pod in pods(with_operators(example)).values()]
    return [(one["command"][2], one) for one in found if one["name"] == "voronka"]


# --- what Kubernetes and the operators take


@EXAMPLE
def test_it_is_without_fault_by_helms_own_rules(example: str) -> None:
    result = helm("lint", "--strict", str(CHART), "--values", str(EXAMPLES[example]))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_kubernetes_takes_every_object(version: str) -> None:
    for example in EXAMPLES:
        for one in rendered(example, f"--kube-version={version}.0", *(f"--api-versions={name}" for name in OPERATORS)):
            faults = kubernetes_faults(one, version)
            faults = custom_faults(one) if faults is None else faults
            assert faults == [], f"{example}: {one['kind']} {one['metadata']['name']}"


def test_a_field_that_kubernetes_does_not_know_is_found() -> None:
    deployment = json.loads(json.dumps(of_kind(rendered("minimal"), "Deployment")[0]))
    deployment["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    assert any("readynessProbe" in fault for fault in kubernetes_faults(deployment, "1.33") or [])


def test_an_older_kubernetes_is_refused() -> None:
    assert "1.29" in refused("minimal", "--kube-version=1.28.0")


def test_an_operators_objects_are_made_only_where_the_cluster_knows_them() -> None:
    def groups(manifests: Any) -> set[str]:
        return {one["apiVersion"] for one in manifests if one["apiVersion"].startswith("monitoring.")}

    assert groups(rendered("minimal")) == set()
    assert groups(with_operators("minimal")) == {"monitoring.coreos.com/v1"}
    assert groups(rendered("keda")) == {"monitoring.coreos.com/v1"}  # always, for tools that ask no cluster
    assert not any("." in one["apiVersion"].replace(".k8s.io", "") for one in with_operators("no-crds"))


# --- values


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("service.prt=1", "prt"),
        ("services.leads.settings.phone_regoin=RU", "phone_regoin"),
        ("services.leads.settings.phone_region=russia", "phone_region"),
        ("settings.log_level=LOUD", "log_level"),
        ("settings.master_key=c2VjcmV0", "master_key"),
        ("services.leads.secrets.master_key=c2VjcmV0", "master_key"),
        ("services.leads.secrets.log_level.existingSecret=x", "log_level"),
        ("services.sales.enabled=true", "sales"),
        ("pods.runAsUser=0", "runAsUser"),
        ("processes.consumer.keda.maxReplicas=17", "maxReplicas"),
        ("kafka.securityProtocol=TLS", "securityProtocol"),
    ],
)
def test_values_that_are_none_are_refused_by_name(option: str, said: str) -> None:
    assert said in refused("tls-sasl", "--set", option)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["kafka.bootstrapServers="], "kafka.bootstrapServers"),
        (["services.deals.database.existingSecret="], "services.deals.database.existingSecret"),
        (["services.deals.owner.existingSecret="], "services.deals.owner.existingSecret"),
        (["services.leads.kafka.existingSecret="], "services.leads.kafka.existingSecret"),
        (["processes.relay.enabled=false"], "services.analytics: no process has the role relay"),
        (["settings.stop_seconds=120"], "pods.terminationGracePeriodSeconds"),
        (["processes.api.hpa.enabled=true", "processes.api.keda.enabled=true"], "must not both"),
        (["processes.worker.keda.enabled=true"], "keda.prometheus"),
        (["services.leads.processes.more.replicas=2"], "services.leads: the process more has no roles"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_installed(options: list[str], said: str) -> None:
    assert said in refused("tls-sasl", *(part for option in options for part in ("--set", option)))


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("services.leads.secrets.index_key", "services.leads.secrets.index_key must be given"),
        ("services.automation.secrets.service_key", "services.automation.secrets.service_key must be given"),
        ("services.deals.settings.documents_url", "services.deals: documents need"),
    ],
)
def test_what_a_service_cannot_do_without_is_asked_for(left_out: str, said: str, tmp_path: Path) -> None:
    values = yaml.safe_load(EXAMPLES["tls-sasl"].read_text())
    *parents, last = left_out.split(".")
    del reduce(getitem, parents, values)[last]
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    result = helm("template", "v", str(CHART), "--values", str(file))
    assert result.returncode != 0
    assert said in result.stderr


def test_all_faults_are_told_at_once() -> None:
    assert len(re.findall(r"^ +services\.", refused("tls-sasl", "--set-json", "services={}"), re.MULTILINE)) >= 8


def test_schema_readme_and_consumers_are_as_code_says() -> None:
    result = subprocess.run([sys.executable, HELM / "generate.py", "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_every_value_has_a_meaning() -> None:
    def meaningless(node: Any, path: str) -> list[str]:
        found = [] if "description" in node or not path else [path]
        for name, child in node.get("properties", {}).items():
            target = schema["$defs"][child["$ref"].rpartition("/")[2]] if "$ref" in child else child
            found += meaningless({**target, **child}, f"{path}.{name}")
        return found

    schema = json.loads((CHART / "values.schema.json").read_text())
    assert meaningless(schema, "") == []


# --- settings


@EXAMPLE
def test_every_variable_is_a_setting_of_its_service_and_every_needed_one_is_given(example: str) -> None:
    for service, container in containers(example):
        known = {f"VORONKA_{name.upper()}" for name in own_settings(service).model_fields}
        variables = [name for name in environment(container) if name.startswith("VORONKA_")]
        given = {name if name in known else name.removesuffix("_FILE") for name in variables}
        needed = {f"VORONKA_{n.upper()}" for n, f in own_settings(service).model_fields.items() if f.is_required()}
        assert given - known == set()
        assert needed - given == set()


@EXAMPLE
def test_a_service_starts_with_the_settings_it_is_given(example: str, tmp_path: Path, monkeypatch: Any) -> None:
    """Its own settings class reads the rendered variables; mounted files are stood in for by files here."""
    secret = {"database_url": "postgresql://a:b@c/d", "api_keys": "[]", "kafka_sasl_password": "x"}
    for service, container in containers(example):
        variables = environment(container)
        for name in variables:
            if name.endswith("_FILE") and variables[name].startswith("/etc/voronka/secrets/"):
                setting = name.removeprefix("VORONKA_").removesuffix("_FILE").lower()
                file = tmp_path / setting
                file.write_text(secret.get(setting, "A" * 43 + "="))
                variables[name] = str(file)
        monkeypatch.setattr("os.environ", variables)
        settings = own_settings(service)()
        assert settings.port == 8000
        assert sorted(settings.roles) == sorted(variables["VORONKA_ROLES"].split(","))


@EXAMPLE
def test_no_secret_is_a_value_of_a_variable(example: str) -> None:
    for service, container in containers(example):
        secret = json.loads((CHART / "values.schema.json").read_text())["properties"]["services"]["properties"]
        names = {f"VORONKA_{name.upper()}" for name in secret[service]["properties"]["secrets"]["properties"]}
        names |= {"VORONKA_DATABASE_URL", "VORONKA_KAFKA_SASL_PASSWORD"}
        assert names & set(environment(container)) == set()
        by_reference = {one["name"] for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})}
        assert by_reference <= {"OTEL_EXPORTER_OTLP_HEADERS"}
    assert of_kind(with_operators(example), "Secret") == []


@EXAMPLE
def test_each_role_of_each_service_is_run_by_a_process(example: str) -> None:
    run: dict[str, set[str]] = {service: set() for service in SERVICES}
    for service, container in containers(example):
        run[service] |= set(environment(container)["VORONKA_ROLES"].split(","))
    assert run == {service: {"api", "relay", "consumer", "worker"} for service in SERVICES}


def test_a_setting_of_all_services_reaches_every_process() -> None:
    given = {
        "reason_required": "true",
        "database_silence_seconds": "20",
        "max_requests_at_once": "100",
        "docs": "false",
    }
    options = [part for name, value in given.items() for part in ("--set", f"settings.{name}={value}")]
    expected = {f"VORONKA_{name.upper()}": value for name, value in given.items()}
    deployments = of_kind(rendered("tls-sasl", *options), "Deployment")
    assert len(deployments) >= 4 * len(SERVICES)
    for pod in pods(deployments).values():
        assert expected.items() <= environment(pod["spec"]["containers"][0]).items()


def test_large_numbers_are_written_without_exponents() -> None:
    leads = next(one for service, one in containers("tls-sasl") if service == "leads")
    assert environment(leads)["VORONKA_MAX_INQUIRY_BYTES"] == "41943040"


# --- pods


@EXAMPLE
def test_every_pod_keeps_to_the_restricted_standard(example: str) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, and a read-only root."""
    for name, pod in pods(with_operators(example)).items():
        spec, security = pod["spec"], pod["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] >= 10_000, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), name
        volumes = {kind for volume in spec.get("volumes", []) for kind in volume if kind != "name"}
        assert volumes <= {"emptyDir", "projected", "secret", "configMap", "persistentVolumeClaim"}, name
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
            assert "memory" in container["resources"]["limits"], name
        assert spec.get("initContainers", []) == []


@EXAMPLE
def test_every_process_is_probed_where_services_answer_probes(example: str) -> None:
    for _, container in containers(example):
        paths = [container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")]
        assert paths == ["/startupz", "/readyz", "/livez"]
        assert all(container[f"{probe}Probe"]["httpGet"]["port"] == "http" for probe in ("startup", "readiness"))
        assert container["readinessProbe"]["timeoutSeconds"] >= 1  # the service itself answers within 0.8 s
        mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert {"/tmp", "/etc/voronka/secrets"} <= mounted
        assert environment(container)["VORONKA_PORT"] == "8000"


@EXAMPLE
def test_selectors_hold_nothing_that_an_upgrade_changes(example: str) -> None:
    fixed = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"}
    deployments = of_kind(with_operators(example), "Deployment")
    for one in deployments:
        selector, labels = one["spec"]["selector"]["matchLabels"], one["spec"]["template"]["metadata"]["labels"]
        assert set(selector) == fixed
        assert selector.items() <= labels.items()
    assert len({json.dumps(one["spec"]["selector"]) for one in deployments}) == len(deployments)


@EXAMPLE
def test_what_points_at_pods_finds_them(example: str) -> None:
    manifests = with_operators(example)
    labels = [pod["metadata"]["labels"] for pod in pods(manifests).values()]
    for one in of_kind(manifests, "Service", "PodDisruptionBudget"):
        selector = one["spec"]["selector"]
        assert any(selector.get("matchLabels", selector).items() <= given.items() for given in labels), one["metadata"]
    accounts = {one["metadata"]["name"] for one in of_kind(manifests, "ServiceAccount")}
    assert {pod["spec"]["serviceAccountName"] for name, pod in pods(manifests).items() if "Deploy" in name} == accounts
    assert all(not one["automountServiceAccountToken"] for one in of_kind(manifests, "ServiceAccount"))
    names = {one["metadata"]["name"] for one in of_kind(manifests, "Deployment")}
    for one in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject"):
        assert one["spec"]["scaleTargetRef"]["name"] in names


def test_variables_may_come_whole_from_elsewhere() -> None:
    for pod in pods(of_kind(rendered("ha"), "Deployment")).values():
        (container,) = pod["spec"]["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": "proxy", "optional": True}}]


def test_two_of_a_process_are_not_both_taken_away_and_stand_apart() -> None:
    manifests = rendered("ha")
    budgets = {one["metadata"]["name"]: one["spec"] for one in of_kind(manifests, "PodDisruptionBudget")}
    deployments = of_kind(manifests, "Deployment")
    assert {one["metadata"]["name"] for one in deployments} == set(budgets)
    for one in deployments:
        spread = one["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert [rule["topologyKey"] for rule in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert all(spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow" for spec in budgets.values())


def test_what_is_scaled_names_no_number_of_pods_and_only_one_scales_it() -> None:
    for example in ("ha", "keda"):
        manifests = with_operators(example)
        scalers = [
            o["spec"]["scaleTargetRef"]["name"] for o in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject")
        ]
        assert len(scalers) == len(set(scalers)) >= 4
        for one in of_kind(manifests, "Deployment"):
            assert ("replicas" in one["spec"]) == (one["metadata"]["name"] not in scalers)


def test_keda_looks_at_the_groups_that_services_read_in() -> None:
    expected = yaml.safe_load((CHART / "files" / "consumers.yaml").read_text())
    for one in of_kind(with_operators("keda"), "ScaledObject"):
        service, process = one["metadata"]["name"].removeprefix("v-voronka-").split("-")
        seen = {
            (trigger["metadata"]["consumerGroup"], trigger["metadata"]["topic"])
            for trigger in one["spec"]["triggers"]
            if trigger["type"] == "kafka"
        }
        groups = expected[service] if process == "consumer" else []
        assert seen == {(group["group"], topic) for group in groups for topic in group["topics"]}


def test_what_is_scaled_by_metrics_asks_for_metrics_that_there_are() -> None:
    known = set(re.findall(r"`(voronka_[a-z_]+)`", (HELM.parents[1] / "docs" / "metrics.md").read_text()))
    triggers = [t for one in of_kind(with_operators("keda"), "ScaledObject") for t in one["spec"]["triggers"]]
    queries = [trigger["metadata"]["query"] for trigger in triggers if trigger["type"] == "prometheus"]
    assert len(queries) == 5  # the workers of four services, the consumer of analytics
    assert all(set(re.findall(r"voronka_[a-z_]+(?={)", query)) <= known for query in queries)
    assert all(re.findall(r"voronka_[a-z_]+(?={)", query) for query in queries)


# --- migrations


def test_an_installation_migrates_by_a_job_and_an_upgrade_by_hooks() -> None:
    first = {one["metadata"]["name"]: one for one in of_kind(rendered("tls-sasl"), "Job")}
    assert sorted(first) == [f"v-voronka-{service}-migrate-all" for service in sorted(SERVICES)]
    assert all("annotations" not in one["metadata"] for one in first.values())

    later = of_kind(rendered("tls-sasl", "--is-upgrade"), "Job")
    hooks = {(job["metadata"]["annotations"]["helm.sh/hook"], _phase(job)) for job in later}
    assert hooks == {("pre-upgrade", "pre"), ("post-upgrade", "post")}
    assert len(later) == 2 * len(SERVICES)


def test_where_every_release_looks_like_an_installation_hooks_come_before_both() -> None:
    jobs = of_kind(rendered("external-secrets"), "Job")
    hooks = {(job["metadata"]["annotations"]["helm.sh/hook"], _phase(job)) for job in jobs}
    assert hooks == {("pre-install,pre-upgrade", "pre"), ("post-install,post-upgrade", "post")}


def test_the_way_back_stays_open_where_one_wants_it() -> None:
    jobs = of_kind(rendered("tls-sasl", "--is-upgrade", "--set", "migrations.post=false"), "Job")
    assert {_phase(job) for job in jobs} == {"pre"}
    assert of_kind(rendered("no-crds"), "Job") == []


def test_migrations_run_as_the_owner_of_the_database_and_nobody_else_does() -> None:
    for name, pod in pods(rendered("tls-sasl")).items():
        mounted = json.dumps(pod["spec"].get("volumes", []))
        assert ("-owner" in mounted) == name.startswith("Job/"), name


def _phase(job: Manifest) -> str:
    command: list[str] = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert command[:3] == ["python", "-m", "events.migrate"]
    assert command[4] == "--phase"
    return command[5]


# --- who talks to whom


def _allowed(example: str, pod: Manifest, direction: str) -> list[Manifest]:
    """Rules of every policy that selects a pod."""
    labels, rules = pod["metadata"]["labels"], []
    for policy in of_kind(with_operators(example), "NetworkPolicy"):
        selector = policy["spec"]["podSelector"]
        fits = selector.get("matchLabels", {}).items() <= labels.items() and all(
            labels.get(e["key"]) in e["values"] if e["operator"] == "In" else e["key"] in labels
            for e in selector.get("matchExpressions", [])
        )
        if fits and direction.title() in policy["spec"]["policyTypes"]:
            rules += policy["spec"].get(direction, [])
    return rules


def test_every_pod_is_denied_what_no_policy_allows() -> None:
    for example in set(EXAMPLES) - {"no-crds"}:
        manifests = with_operators(example)
        nothing = next(
            one for one in of_kind(manifests, "NetworkPolicy") if one["metadata"]["name"].endswith("-nothing")
        )
        assert set(nothing["spec"]) == {"podSelector", "policyTypes"}
        assert nothing["spec"]["policyTypes"] == ["Ingress", "Egress"]
        for pod in pods(manifests).values():
            assert nothing["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


@pytest.mark.parametrize("example", ["minimal", "keda", "tls-sasl"])
def test_only_who_must_reaches_the_internet_and_never_a_private_network(example: str) -> None:
    reaching = set()
    for name, pod in pods(with_operators(example)).items():
        for rule in _allowed(example, pod, "egress"):
            for peer in rule.get("to", []):
                if "ipBlock" in peer:
                    reaching.add(name.removeprefix("Deployment/v-voronka-"))
                    if peer["ipBlock"]["cidr"] == "0.0.0.0/0":
                        private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"}
                        assert private <= set(peer["ipBlock"]["except"])
    assert (
        reaching
        == {
            "minimal": {"automation-api"},
            "keda": {"automation-worker", "deals-api", "deals-consumer", "deals-worker"},
            # an issuer of tokens, which every API asks for its keys; sources that are pulled; storage of documents
            "tls-sasl": {"automation-worker", "deals-consumer", "deals-worker", "leads-worker"}
            | {f"{service}-api" for service in SERVICES},
        }[example]
    )


def test_the_port_for_letters_is_opened_where_letters_are_sent() -> None:
    worker = pods(with_operators("tls-sasl"))["Deployment/v-voronka-automation-worker"]
    outside = [rule for rule in _allowed("tls-sasl", worker, "egress") if "ipBlock" in json.dumps(rule)]
    assert [[port["port"] for port in rule["ports"]] for rule in outside] == [[443, 587]]


def test_migrations_reach_the_database_and_names_only() -> None:
    for name, pod in pods(with_operators("tls-sasl")).items():
        if name.startswith("Job/"):
            rules = _allowed("tls-sasl", pod, "egress")
            assert sorted({port["port"] for rule in rules for port in rule["ports"] if port["port"] != "http"}) == [
                53,
                5432,
            ]
            assert _allowed("tls-sasl", pod, "ingress") == []


def test_background_processes_are_only_read_by_monitoring() -> None:
    for name, pod in pods(with_operators("tls-sasl")).items():
        if name.endswith(("-relay", "-consumer", "-worker")):
            ports = [port["port"] for rule in _allowed("tls-sasl", pod, "ingress") for port in rule["ports"]]
            assert ports == ["metrics"], name


# --- the rest


def test_the_test_of_the_release_asks_every_service_whether_it_is_ready() -> None:
    (pod,) = of_kind(rendered("tls-sasl"), "Pod")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    asked = [container["args"][0] for container in pod["spec"]["containers"]]
    assert asked == [f"http://v-voronka-{service}:80/readyz" for service in sorted(SERVICES)]
    services = {one["metadata"]["name"] for one in of_kind(rendered("tls-sasl"), "Service")}
    assert services == {f"v-voronka-{service}" for service in SERVICES}


def test_alerts_and_dashboards_go_into_the_release_as_they_are() -> None:
    (rule,) = of_kind(with_operators("minimal"), "PrometheusRule")
    assert rule["spec"] == yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())
    shown = {
        next(iter(one["data"])): json.loads(next(iter(one["data"].values())))
        for one in of_kind(with_operators("minimal"), "ConfigMap")
    }
    assert shown == {
        path.name: json.loads(path.read_text()) for path in (CHART / "files" / "dashboards").glob("*.json")
    }
    assert shown


def test_runbooks_are_named_where_people_can_read_them() -> None:
    (rule,) = of_kind(with_operators("keda"), "PrometheusRule")
    pages = {rule["annotations"]["runbook_url"] for group in rule["spec"]["groups"] for rule in group["rules"]}
    assert pages
    for page in pages:
        assert page.startswith("https://docs.example.org/runbooks/")
        assert (HELM.parent / "runbooks" / page.rpartition("/")[2]).exists(), page


@EXAMPLE
def test_what_serves_metrics_is_read_once(example: str) -> None:
    manifests = with_operators(example)
    monitors = of_kind(manifests, "ServiceMonitor", "PodMonitor")
    if example == "no-crds":
        assert monitors == []
        return
    endpoints = [one["spec"].get("endpoints", one["spec"].get("podMetricsEndpoints")) for one in monitors]
    assert all(one["honorLabels"] for (one,) in endpoints), "our label `service` would be renamed"
    pod_monitor = next(one for one in monitors if one["kind"] == "PodMonitor")
    selector = pod_monitor["spec"]["selector"]["matchLabels"]
    for name, pod in pods(manifests).items():
        labels = pod["metadata"]["labels"]
        if name.startswith("Deployment/"):
            assert (selector.items() <= labels.items()) != (labels["voronka/serves"] == "api"), name


def test_the_notes_say_what_to_do_next() -> None:
    result = helm("install", "v", str(CHART), "--values", str(EXAMPLES["tls-sasl"]), "--dry-run=client")
    assert result.returncode == 0, result.stderr
    assert "helm -n default test v" in result.stdout
    assert "https://leads.example.org" in result.stdout


# What checkov says against the chart and we answer: the namespace is helm's own argument; a limit of CPU slows probes
# and hand-overs down; the digest is a value (image.digest), and with it or a fixed tag nothing is pulled again; the
# headers of OpenTelemetry are the one secret in a variable, because its specification knows no file.
ANSWERED = ("CKV_K8S_21", "CKV_K8S_11", "CKV_K8S_43", "CKV_K8S_15", "CKV_K8S_35")
CHECKOV = Path(sys.executable).parents[1] / "deploy-checks" / "bin" / "checkov"


def test_checkov_has_nothing_against_any_example(tmp_path: Path) -> None:
    for example in EXAMPLES:
        # The pod of the test of a release runs once and is not probed.
        manifests = [one for one in with_operators(example) if one["kind"] != "Pod"]
        (tmp_path / f"{example}.yaml").write_text(yaml.safe_dump_all(manifests))
    options = [
        "--framework",
        "kubernetes",
        "--compact",
        "--quiet",
        "--skip-download",
        "--skip-check",
        ",".join(ANSWERED),
    ]
    result = subprocess.run(
        [CHECKOV, "--directory", tmp_path, *options, "--output", "json"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HTTPS_PROXY": "http://127.0.0.1:1"},  # it must not ask anybody
    )
    report = json.loads(result.stdout)
    failed = {(one["check_id"], one["resource"], one["check_name"]) for one in report["results"]["failed_checks"]}
    assert failed == set()
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 1_000
