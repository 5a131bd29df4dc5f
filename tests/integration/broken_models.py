"""Ways to break a service by its models and their configuration."""

from __future__ import annotations

from tests.integration.breaking import Objects, change_config, container_of, drop_flags, mount, of_kind, spoil


def no_version(objects: Objects) -> None:
    """An empty directory where the model should be."""
    mount(objects, {"emptyDir": {}}, path="/models/half_plus")


def wrong_path(objects: Objects) -> None:
    """A base path that the image does not have."""
    change_config(objects, "/models/half_plus", "/models/half_minus")


def label(objects: Objects) -> None:
    """A label that points to a version that is not loaded."""
    text = of_kind(objects, "ConfigMap")["data"]
    for key, value in text.items():
        head, _, tail = value.rpartition("}")
        inner, _, rest = head.rpartition("}")
        text[key] = f'{inner}  version_labels {{ key: "stable" value: 9 }}\n  }}{rest}}}{tail}'


def no_graph(objects: Objects) -> None:
    """A version that was uploaded but for its graph."""
    spoil(objects, "rm 1/saved_model.pb")


def cut_graph(objects: Objects) -> None:
    """A graph of which only the beginning was uploaded: its load fails, and is tried again."""
    spoil(objects, "head -c 100 1/saved_model.pb > part && mv part 1/saved_model.pb")
    drop_flags(objects, "max_num_load_retries", "load_retry_interval_micros")
    container_of(objects)["args"] += ["--max_num_load_retries=9", "--load_retry_interval_micros=15000000"]


def unknown_operation(objects: Objects) -> None:
    """A model with an operation that the server does not have."""
    spoil(objects, "sed -i -e s/AddV2/AddV9/g 1/saved_model.pb")


def bad_warm_up(objects: Objects) -> None:
    """Warm-up requests that are none."""
    spoil(objects, "mkdir -p 1/assets.extra && echo nothing > 1/assets.extra/tf_serving_warmup_requests")


def other_scheme(objects: Objects) -> None:
    """A path of a kind that the server cannot read."""
    change_config(objects, "/models/half_plus", "s3://models/half_plus")


def bad_config(objects: Objects) -> None:
    """A configuration that the server cannot read."""
    change_config(objects, "model_config_list", "model_list_config")
