"""Which names Kubernetes takes, and how to get one from a name that it does not take."""

from __future__ import annotations

import re

MAX_LABEL = 63
"""Characters in a DNS label: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/."""

MAX_SUFFIX = 13
"""Room kept for what we put behind the service's name: `-config`, `-headless`, `-metrics` and others to come."""

MAX_NAME = MAX_LABEL - MAX_SUFFIX
"""Longest name of a service; every object's name, suffix included, is then a valid DNS label."""

# A Service's name must start with a letter (RFC 1035); we use one name for every kind.
_NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?\Z")


def object_name(name: str, suffix: str = "") -> str:
    """Name of an object of the service: `object_name("resnet", "config")` is `resnet-config`."""
    if not suffix:
        return name
    if len(suffix) + 1 > MAX_SUFFIX:
        raise ValueError(f"the suffix -{suffix} is longer than the {MAX_SUFFIX} characters that names leave room for")
    return f"{name}-{suffix}"


def is_dns_label(text: str, *, longest: int = MAX_LABEL) -> bool:
    """Lower-case letters, digits and dashes, a letter first, no dash last, at most `longest` characters."""
    return len(text) <= longest and _NAME.match(text) is not None


def legal_name(text: str, *, longest: int = MAX_NAME) -> str:
    """The nearest name that Kubernetes takes: `my_Model` gives `my-model`; without anything usable, `model`."""
    dashed = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    lettered = dashed if dashed[:1].isalpha() else f"model-{dashed}"
    return lettered[:longest].strip("-") or "model"
