"""Changes that no spec of ours makes, but that hand-written and live objects do."""

from __future__ import annotations

import json

import pytest

from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.review import Act, Explained, Risk, explain, explain_anew


def manifest(kind: str, *, namespace: str = "serving", api: str = "v1", **parts: JsonValue) -> Manifest:
    metadata: JsonObject = {"name": "x", "namespace": namespace}
    return Manifest.of({"apiVersion": api, "kind": kind, "metadata": metadata, **parts})


def deployment(*, strategy: str = "RollingUpdate", container: JsonObject | None = None, **spec: JsonValue) -> Manifest:
    body: JsonObject = {"name": "c", "image": "tensorflow/serving:2.20.0", **(container or {})}
    pod: JsonObject = {"spec": {"containers": [body]}}
    parts: JsonObject = {"strategy": {"type": strategy}, "template": pod, **spec}
    return manifest("Deployment", api="apps/v1", spec=parts)


def only(before: Manifest, after: Manifest) -> Explained:
    (change,) = explain((before,), (after,)).changes
    return change


def told(before: Manifest, after: Manifest) -> list[tuple[str, Risk]]:
    return [(line.sentence, line.risk) for line in only(before, after).lines]


def test_another_selector_means_that_the_deployment_is_made_anew() -> None:
    before, after = (deployment(selector={"matchLabels": {"app": name}}) for name in ("a", "b"))

    ((sentence, risk),) = told(before, after)

    assert sentence.startswith("selector changes (matchLabels.app a to b): it cannot be changed")
    assert risk is Risk.DOWNTIME


def test_no_replicas_at_all_are_a_downtime() -> None:
    assert told(deployment(replicas=2), deployment(replicas=0)) == [("replicas 2 to 0: nobody answers", Risk.DOWNTIME)]


def test_where_all_pods_stop_first_any_change_of_them_is_a_downtime() -> None:
    image: JsonObject = {"image": "tensorflow/serving:2.21.0"}

    rolling = told(deployment(), deployment(container=image))
    recreated = told(deployment(strategy="Recreate"), deployment(strategy="Recreate", container=image))

    assert rolling == [("image tag 2.20.0 to 2.21.0: rolls all pods", Risk.RESTART)]
    assert recreated == [("image tag 2.20.0 to 2.21.0: all pods stop before new ones start", Risk.DOWNTIME)]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("a/b:1", "a/c:1", "image a/b:1 to a/c:1"),
        ("host:5000/m", "host:5000/m:2", "image tag 2 added"),
        (
            f"m@sha256:{'0' * 64}",
            f"m@sha256:{'1' * 64}",
            "image digest sha256:000000000000 to sha256:111111111111, of m",
        ),
        ("$(IMG)\x1b[31m", "m", 'image "$(IMG)\\u001b[31m" to m'),
    ],
)
def test_an_image_is_told_by_what_changes_of_it(old: str, new: str, what: str) -> None:
    ((sentence, _),) = told(deployment(container={"image": old}), deployment(container={"image": new}))

    assert sentence == f"{what}: rolls all pods"


def test_a_flag_in_the_middle_is_one_change_and_not_many() -> None:
    before, after = (
        deployment(container={"args": ["--a=1", "--c=3"]}),
        deployment(container={"args": ["--a=1", "--b=2", "--c=3"]}),
    )

    assert told(before, after) == [("flag --b set to 2: rolls all pods", Risk.RESTART)]


def test_the_same_flags_in_another_order_still_roll_the_pods() -> None:
    before, after = (
        deployment(container={"args": ["--a=1", "--c=3"]}),
        deployment(container={"args": ["--c=3", "--a=1"]}),
    )

    ((sentence, risk),) = told(before, after)

    assert sentence.endswith("args is written differently and means the same: rolls all pods")
    assert risk is Risk.RESTART


def test_words_that_are_no_flags_are_told_by_their_place() -> None:
    before, after = deployment(container={"args": ["serve", "x"]}), deployment(container={"args": ["serve", "y"]})

    assert told(before, after) == [("argument 2 x to y: rolls all pods", Risk.RESTART)]


def test_request_and_limit_are_told_apart_where_they_differ() -> None:
    def of(request: str, limit: str) -> Manifest:
        return deployment(container={"resources": {"requests": {"memory": request}, "limits": {"memory": limit}}})

    assert told(of("1Gi", "2Gi"), of("1Gi", "3Gi")) == [("memory limit 2Gi to 3Gi: rolls all pods", Risk.RESTART)]


def test_a_configuration_that_only_looks_different_serves_the_same() -> None:
    one = 'model_config_list { config { name: "m" base_path: "/m" } }'
    before, after = (manifest("ConfigMap", data={"models.config": text}) for text in (one, one.replace(" }", "\n}")))

    ((sentence, risk),) = told(before, after)

    assert "means the same" in sentence
    assert risk is Risk.RESTART


def test_another_version_of_the_api_is_the_same_object() -> None:
    before, after = (
        manifest("Ingress", api="networking.k8s.io/v1beta1"),
        manifest("Ingress", api="networking.k8s.io/v1"),
    )

    change = only(before, after)

    assert (change.act, change.risk) == (Act.UPDATE, Risk.NONE)
    assert "the same object" in change.lines[0].sentence


def test_a_claim_in_another_namespace_is_empty() -> None:
    change = only(manifest("PersistentVolumeClaim"), manifest("PersistentVolumeClaim", namespace="prod"))

    assert (change.act, change.risk) == (Act.MOVE, Risk.DATA)


@pytest.mark.parametrize(
    ("kind", "risk"),
    [
        ("PersistentVolumeClaim", Risk.DATA),
        ("Namespace", Risk.DATA),
        ("Service", Risk.DOWNTIME),
        ("PodDisruptionBudget", Risk.NONE),
        ("SomethingOfOthers", Risk.DOWNTIME),
    ],
)
def test_what_goes_takes_its_use_with_it(kind: str, risk: Risk) -> None:
    assert explain((manifest(kind),), ()).risk is risk


def test_a_config_map_that_pods_still_name_must_not_go() -> None:
    volumes: list[JsonValue] = [{"name": "v", "configMap": {"name": "x"}}]
    pods = manifest("Deployment", api="apps/v1", spec={"template": {"spec": {"volumes": volumes}}})
    config = manifest("ConfigMap")

    assert explain((config, pods), (pods,)).risk is Risk.DOWNTIME
    assert explain((config,), ()).risk is Risk.NONE


def test_a_field_that_no_rule_knows_is_told_with_its_path_and_rather_too_much_risk() -> None:
    before, after = (
        manifest("Service", spec={"sessionAffinity": "None"}),
        manifest("Service", spec={"sessionAffinity": "ClientIP"}),
    )

    (line,) = only(before, after).lines

    assert (line.sentence, line.risk, line.is_known) == (
        ".spec.sessionAffinity None to ClientIP: clients fail",
        Risk.DOWNTIME,
        False,
    )


def test_a_secret_is_told_by_its_keys_alone() -> None:
    before, after = (manifest("Secret", data={"key": text}) for text in ("b2xk", "bmV3"))

    change = only(before, after)

    assert change.lines[0].sentence == "value key changes (values masked): pods read it when they start next"
    assert "bmV3" not in json.dumps([line.as_json() for line in change.lines])
    assert "bmV3" not in repr(change)


def test_what_must_be_made_anew_says_what_is_away_meanwhile() -> None:
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name="x")

    line = explain_anew(ref, fields=["spec.selector"])

    assert line.risk is Risk.DOWNTIME
    assert "spec.selector cannot be changed" in line.sentence


def test_risks_are_ordered_by_how_bad_they_are() -> None:
    assert sorted(Risk, reverse=True) == [Risk.DATA, Risk.DOWNTIME, Risk.RESTART, Risk.NONE]


ON: JsonObject = {"enabled": True}
OFF: JsonObject = {"enabled": False}
OWN: JsonObject = {**ON, "oauthclientCredentials": {"secretName": "client"}}


@pytest.mark.parametrize(
    ("kind", "before", "after", "says", "risk"),
    [
        ("BackendConfig", None, ON, "on: clients without a Google account", Risk.DOWNTIME),
        ("BackendConfig", OFF, ON, "on: clients without a Google account", Risk.DOWNTIME),
        ("BackendConfig", ON, OFF, "off: no restart; whoever reaches the front may ask", Risk.NONE),
        ("BackendConfig", ON, None, "no longer named: no restart; GKE leaves it as it is", Risk.NONE),
        ("BackendConfig", None, OFF, "off: no restart; it stays off", Risk.NONE),
        ("BackendConfig", ON, OWN, "oauthclientCredentials", Risk.DOWNTIME),
        ("GCPBackendPolicy", None, ON, "on: clients without a Google account", Risk.DOWNTIME),
        ("GCPBackendPolicy", ON, None, "off: no restart; whoever reaches the front may ask", Risk.NONE),
    ],
)
def test_identity_aware_proxy_that_is_turned_on_or_off_says_who_gets_in(
    kind: str, before: JsonObject | None, after: JsonObject | None, says: str, risk: Risk
) -> None:
    ((sentence, found),) = told(_asking(kind, before), _asking(kind, after))

    assert sentence.startswith("Identity-Aware Proxy")
    assert says in sentence
    assert found is risk


def test_a_policy_that_goes_with_identity_aware_proxy_opens_the_front() -> None:
    policy = _asking("GCPBackendPolicy", ON)
    (gone,) = explain((policy,), ()).changes
    (open_,) = explain((_asking("GCPBackendPolicy", None),), ()).changes

    assert "and whoever reaches the front may ask, without a Google account" in gone.lines[0].sentence
    assert "Google account" not in open_.lines[0].sentence


def _asking(kind: str, iap: JsonObject | None) -> Manifest:
    part: JsonObject = {"timeoutSec": 35, **({"iap": iap} if iap is not None else {})}
    spec: JsonObject = part if kind == "BackendConfig" else {"default": part}
    api = "cloud.google.com/v1" if kind == "BackendConfig" else "networking.gke.io/v1"
    return manifest(kind, api=api, spec=spec)
