"""A service for Flux: the kustomize form, where it is, and a Kustomization an environment.

Flux counts an environment as done when every object is: it waits as long as `tfk8s apply` would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfk8s.gitops.delivery import Target, annotated, targets
from tfk8s.gitops.files import yaml_file
from tfk8s.gitops.flux_images import followed, image_objects
from tfk8s.gitops.kustomize import kustomize_files
from tfk8s.gitops.request import FormFiles, FormRequest
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import text_at
from tfk8s.spec import GitOpsSpec

PRUNE = "kustomize.toolkit.fluxcd.io/prune"


def flux_files(request: FormRequest) -> FormFiles:
    """Write the kustomize form, and Flux's own objects as `flux/KIND-NAME.yaml`.

    Raises:
        InputError: the spec has no `gitops`, or something in it is lost on kustomize.
    """
    deliveries = targets(request)
    sources = _source_names(deliveries, service=request.spec.name)
    objects = [
        *_sources(deliveries, sources),
        *image_objects(deliveries, sources=sources),
        *(_kustomization(target, source=sources[target.name]) for target in deliveries),
    ]
    tree = kustomize_files(annotated(request, annotations=_annotations))
    return {**{_path(body): yaml_file(body) for body in objects}, **followed(tree, deliveries)}


def _path(body: JsonObject) -> str:
    return f"flux/{text_at(body, 'kind').lower()}-{text_at(body, 'metadata', 'name')}.yaml"


def _annotations(manifest: Manifest) -> Mapping[str, str]:
    return {PRUNE: "disabled"} if manifest.ref.kind == "Namespace" else {}


def _source_names(deliveries: tuple[Target, ...], *, service: str) -> Mapping[str, str]:
    """The GitRepository of each delivery: one for all where all are alike, else one an environment."""
    bodies = [_git(target.gitops, name="") for target in deliveries]
    shared = all(body == bodies[0] for body in bodies)
    return {target.name: target.gitops.flux.source or (service if shared else target.name) for target in deliveries}


def _sources(deliveries: tuple[Target, ...], names: Mapping[str, str]) -> Iterator[JsonObject]:
    written: set[str] = set()
    for target in deliveries:
        name = names[target.name]
        if target.gitops.flux.source is None and name not in written:
            written.add(name)
            yield _git(target.gitops, name=name)


def _git(gitops: GitOpsSpec, *, name: str) -> JsonObject:
    kind = "commit" if gitops.is_commit else "name" if gitops.revision.startswith("refs/") else "branch"
    spec: JsonObject = {
        "url": gitops.url,
        "ref": {kind: gitops.revision},
        "interval": gitops.flux.interval,
    }
    if gitops.flux.secret is not None:
        spec["secretRef"] = {"name": gitops.flux.secret}
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": name, "namespace": gitops.flux.namespace},
        "spec": spec,
    }


def _kustomization(target: Target, *, source: str) -> JsonObject:
    settings = target.gitops.flux
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": target.name, "namespace": settings.namespace},
        "spec": {
            "interval": settings.interval,
            "path": f"./{target.folder}",
            "prune": settings.prune,
            "sourceRef": {"kind": "GitRepository", "name": source},
            "timeout": f"{target.there.rendered.rollout_timeout_s}s",
            "wait": True,
        },
    }
