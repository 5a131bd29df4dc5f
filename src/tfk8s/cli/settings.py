"""`--set FIELD=VALUE`: any field of a part of the spec, on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.manifest import JsonObject


def read_settings(settings: tuple[str, ...]) -> JsonObject:
    """Read each as a key and a value in YAML; a dot in the key leads into a map, as `autoscaling.max=5`.

    Raises:
        InputError: one is no FIELD=VALUE, or its value is no YAML.
    """
    from tfk8s.manifest.yaml import load_one

    fields: JsonObject = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        steps = path.split(".")
        if not equals or not text or not all(steps):
            raise InputError(f"--set {setting} is no FIELD=VALUE", hint="write such as --set autoscaling.max=5")
        place = fields
        for step in steps[:-1]:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                raise InputError(f"--set {setting}: {step} has a value already", hint="set it once")
            place = inner
        place[steps[-1]] = load_one(text, source=f"--set {path}").value
    return fields
