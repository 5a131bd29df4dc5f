"""Which model of a service a command means, and the service with another form of it."""

from __future__ import annotations

from tfk8s.errors import InputError
from tfk8s.spec import ModelSpec, ServiceSpec


def chosen_model(spec: ServiceSpec, name: str | None) -> ModelSpec:
    """The model of that name; without one, the only one.

    Raises:
        InputError: there is none of that name, or there are several.
    """
    names = ", ".join(model.name for model in spec.served_models)
    if name is None and len(spec.served_models) > 1:
        raise InputError("the service has several models", hint=f"say which with --model: {names}")
    found = next((model for model in spec.served_models if name in (None, model.name)), None)
    if found is None:
        raise InputError(f"the service has no model {name}", hint=f"its models: {names}")
    return found


def with_model(spec: ServiceSpec, model: ModelSpec) -> ServiceSpec:
    """The spec with this model in the place of the one of its name."""
    if spec.model is not None:
        return spec.model_copy(update={"model": model})
    models = tuple(model if old.name == model.name else old for old in spec.models)
    return spec.model_copy(update={"models": models})
