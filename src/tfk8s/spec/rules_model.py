"""Rules about models: one or several, their names, versions, labels and sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.spec.model import BucketSource, ImageSource, LocalSource, ModelSpec
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec

GOOGLE_ACCOUNT_ANNOTATION = "iam.gke.io/gcp-service-account"
"""Links a Kubernetes service account to a Google one: https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity."""


def models_are_given_once(spec: ServiceSpec) -> Iterator[Violation]:
    """Either `model` or `models`; in `models` each has a name, and each name is there once, as the server demands."""
    if spec.model is None and not spec.models:
        yield Violation(
            path=("model",), message="is missing: say which model is served, as in model: {source: ./models/resnet}"
        )
    if spec.model is not None and spec.models:
        yield Violation(path=("models",), message="does not go with model: move that one into the list")
    seen: set[str] = set()
    for index, model in enumerate(spec.models):
        if not model.name:
            yield Violation(path=("models", index, "name"), message="is missing: each of several models needs its name")
        elif model.name in seen:
            yield Violation(path=("models", index, "name"), message=f"{model.name} is the name of an earlier model")
        seen.add(model.name)


def labels_point_to_versions(spec: ServiceSpec) -> Iterator[Violation]:
    """A label whose version is not loaded keeps the server from starting."""
    for path, model in _models(spec):
        for label, number in model.labels.items():
            if isinstance(model.versions, tuple) and number not in model.versions:
                known = ", ".join(map(str, model.versions))
                message = f"version {number} of the label {label} is not in versions ({known})"
                yield Violation(path=(*path, "labels", label), message=message)
        is_remote = not isinstance(model.parsed_source, LocalSource)
        if model.labels and model.versions == "latest" and is_remote:
            message = "needs versions as a list or all: which version is the latest is not known for this source"
            yield Violation(path=(*path, "labels"), message=message)


def buckets_have_an_identity(spec: ServiceSpec) -> Iterator[Violation]:
    """A pod without an identity is refused by Cloud Storage at every load, long after apply."""
    account = spec.service_account
    linked = account.google_service_account or not account.create or GOOGLE_ACCOUNT_ANNOTATION in account.annotations
    uses_bucket = any(isinstance(model.parsed_source, BucketSource) for model in spec.served_models)
    if uses_bucket and not linked:
        message = (
            "is missing: pods read gs:// as a Google service account; write name@project.iam.gserviceaccount.com, "
            "or none where the bucket is readable without"
        )
        yield Violation(path=("serviceAccount", "googleServiceAccount"), message=message)


def baked_images_reach_the_nodes(spec: ServiceSpec) -> Iterator[Violation]:
    """An image that holds the model comes from a registry, or is loaded into the nodes of a local cluster."""
    if spec.image.repository is not None:
        return
    if spec.image.digest is not None:
        yield Violation(path=("image", "digest"), message="pins an image in image.repository, which is missing")
    if not any(isinstance(model.parsed_source, LocalSource) for model in spec.served_models):
        return
    if spec.gke_cluster is not None:
        message = "is missing: nodes of GKE can only run an image with the model that is pushed to a registry"
        yield Violation(path=("image", "repository"), message=message)
    if spec.image.pull_policy == "Always":
        message = "Always needs image.repository: without it the image is loaded into the nodes and is in no registry"
        yield Violation(path=("image", "pullPolicy"), message=message)


def signatures_have_one_signatory(spec: ServiceSpec) -> Iterator[Violation]:
    """A key, or an identity with its issuer: with neither nobody would be asked, with both it is not clear who."""
    verify = spec.image.verify
    if verify is None:
        return
    path = ("image", "verify")
    if verify.key is not None and (verify.certificate_identity or verify.certificate_oidc_issuer):
        yield Violation(path=path, message="has a key and an identity: leave one of them out")
    elif verify.key is None and not (verify.certificate_identity and verify.certificate_oidc_issuer):
        message = "asks nobody: write key, or certificateIdentity and certificateOidcIssuer"
        yield Violation(path=path, message=message)
    if verify.key is None and verify.transparency_log:
        message = "is for key alone: signatures of identities are always in a log"
        yield Violation(path=(*path, "transparencyLog"), message=message)


def images_hold_their_models(spec: ServiceSpec) -> Iterator[Violation]:
    """The TensorFlow Serving project's own images hold no model."""
    for path, model in _models(spec):
        if isinstance(model.parsed_source, ImageSource) and spec.image.is_official:
            message = f"needs an image.base that holds {model.parsed_source.path}; {spec.image.base} holds no model"
            yield Violation(path=(*path, "source"), message=message)


def _models(spec: ServiceSpec) -> Iterator[tuple[tuple[str | int, ...], ModelSpec]]:
    if spec.model is not None:
        yield ("model",), spec.model
    for index, model in enumerate(spec.models):
        yield ("models", index), model
