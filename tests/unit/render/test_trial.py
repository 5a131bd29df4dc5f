"""The Job that loads one version before anything live is touched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.render.specs import body, model, pod, rendered, spec
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, labels_of, object_at, objects_at, text_at, value_at
from tfk8s.manifest.server_config import MODELS_FILE, read_server_config
from tfk8s.render import Rendered, render
from tfk8s.render.trial import Trial, TrialWish, trial_objects
from tfk8s.spec import object_names

WISH = TrialWish(model="resnet", base_path="/models/resnet", version=2, deadline_s=300)


def trial_of(found: Rendered, *, wish: TrialWish = WISH, **fields: Any) -> Trial:
    return trial_objects(found.manifests, names=object_names(spec(**fields)), wish=wish)


def template(trial: Trial) -> JsonObject:
    return object_at(trial.job.body, "spec", "template")


def test_the_pod_is_the_deployments_in_all_that_decides_whether_a_version_loads() -> None:
    fields: dict[str, Any] = {
        "resources": {"cpu": 2, "memory": "3Gi", "gpu": 1},
        "placement": {"nodeSelector": {"pool": "models"}, "tolerations": [{"key": "models", "operator": "Exists"}]},
        "image": {"base": "tensorflow/serving:2.19.0-gpu", "pullSecrets": ["login"]},
        "serving": {"env": {"TF_CPP_MIN_LOG_LEVEL": "1"}},
        "model": {"source": "pvc://claim/resnet", "versions": [1, 2]},
    }
    made = spec(**fields)
    found = render(made, {})
    trial = trial_objects(found.manifests, names=object_names(made), wish=WISH)

    tried, served = object_at(template(trial), "spec"), pod(found)

    for same in ("serviceAccountName", "securityContext", "nodeSelector", "tolerations", "imagePullSecrets"):
        assert tried[same] == served[same]
    (one,), (other,) = objects_at(tried, "containers"), objects_at(served, "containers")
    for same in ("image", "resources", "securityContext", "env", "volumeMounts", "imagePullPolicy", "ports"):
        assert one[same] == other[same]
    volumes = {text_at(volume, "name"): volume for volume in objects_at(tried, "volumes")}
    assert volumes["models-0"] == {
        "name": "models-0",
        "persistentVolumeClaim": {"claimName": "claim", "readOnly": True},
    }
    assert value_at(volumes["config"], "configMap", "name") == "resnet-trial"


def test_the_server_loads_this_version_of_this_model_alone_and_tries_once() -> None:
    models = [{"name": "one", "source": "./one"}, {"name": "two", "source": "./two", "versions": [1, 2]}]
    found = rendered(model=None, models=models, info=model(1, 2), serving={"loadRetries": 3})
    wish = TrialWish(model="two", base_path="/models/two", version=2, deadline_s=300)

    trial = trial_of(found, wish=wish, model=None, models=models)

    config = read_server_config(text_at(trial.config.body, "data", MODELS_FILE))
    assert [(one.name, one.base_path, one.versions, one.labels) for one in config.models] == [
        ("two", "/models/two", (2,), {})
    ]
    (container,) = objects_at(template(trial), "spec", "containers")
    arguments = container["args"]
    assert isinstance(arguments, list)
    assert [arg for arg in arguments if "retries" in str(arg)] == ["--max_num_load_retries=0"]
    assert set(object_at(trial.config.body, "data")) == set(object_at(body(found, "ConfigMap"), "data"))


def test_it_ends_by_itself_and_never_starts_twice() -> None:
    job = trial_of(rendered()).job.body

    assert integer_at(job, "spec", "backoffLimit", default=-1) == 0
    assert integer_at(job, "spec", "activeDeadlineSeconds") == 300
    assert integer_at(job, "spec", "ttlSecondsAfterFinished") == 600
    assert text_at(job, "spec", "template", "spec", "restartPolicy") == "Never"
    assert integer_at(job, "spec", "template", "spec", "terminationGracePeriodSeconds") == 1


def test_nothing_asks_or_restarts_the_pod_but_the_trial_itself() -> None:
    (container,) = objects_at(template(trial_of(rendered())), "spec", "containers")

    assert not {"startupProbe", "readinessProbe", "livenessProbe", "lifecycle"} & set(container)


def test_the_rest_port_is_where_the_pods_of_the_service_have_it() -> None:
    fields: dict[str, Any] = {
        "existing": {"selector": {"app": "web"}, "deployment": "web", "serverPorts": {"rest": 9001}}
    }

    assert trial_of(rendered(**fields), **fields).rest_port == 9001
    assert trial_of(rendered()).rest_port == 8501


values = st.text(alphabet="ab", min_size=1, max_size=2)
selectors = st.dictionaries(st.sampled_from(["app", "tier", "example.test/x"]), values, min_size=1, max_size=2)


@given(
    selector=st.none() | selectors,
    service_selector=st.none() | selectors,
    labels=st.dictionaries(st.sampled_from(["app", "tier", "team"]), values, max_size=2),
)
def test_no_selector_of_the_service_finds_the_trial(
    selector: dict[str, str] | None, service_selector: dict[str, str] | None, labels: dict[str, str]
) -> None:
    existing: dict[str, Any] = {}
    if selector:
        existing |= {"selector": selector, "deployment": "web", "service": "web"}
        kept = {**(service_selector or {}), **selector}  # no pod could carry two values of one label
        existing |= {"serviceSelector": {key: kept[key] for key in service_selector}} if service_selector else {}
    labels = {
        key: value for key, value in labels.items() if key not in {**(selector or {}), **(service_selector or {})}
    }
    fields: dict[str, Any] = {"labels": labels, **({"existing": existing} if existing else {})}
    fields["scaling"] = {"min": 1, "max": 3}
    found = rendered(**fields)

    tried = labels_of(template(trial_of(found, **fields)))

    asked = [
        value_at(body(found, "Service"), "spec", "selector"),
        value_at(body(found, "Deployment"), "spec", "selector", "matchLabels"),
        value_at(body(found, "PodDisruptionBudget"), "spec", "selector", "matchLabels"),
    ]
    for labels_asked in asked:
        assert isinstance(labels_asked, dict)
        assert not labels_asked.items() <= tried.items()
    assert all(tried[key] == value for key, value in labels.items())


@pytest.mark.parametrize("name", ["resnet", "r" * 50])
def test_the_names_are_valid_for_the_longest_service(name: str) -> None:
    made = spec(name=name)
    trial = trial_objects(render(made, {name: model()}).manifests, names=object_names(made), wish=WISH)

    assert trial.job.ref.name == trial.config.ref.name == f"{name}-trial"
