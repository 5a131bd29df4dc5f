"""What Argo CD and Flux are told alike: which folder of the repository goes where, in each environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tfk8s.errors import InputError
from tfk8s.gitops.request import FormRequest, RenderedSpec
from tfk8s.manifest import Manifest, Manifests
from tfk8s.manifest.fields import object_at
from tfk8s.render import Rendered
from tfk8s.spec import GitOpsSpec

_LONGEST_NAME = 63
"""Both tools put the name into labels of what they apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One environment's delivery.

    Attributes:
        name: of the object that delivers it, `resnet-dev`, or `resnet` without environments.
        below: folder of the kustomization in the form: `overlays/dev`.
        gitops: the settings in that environment.
        there: the spec and its objects in that environment.
    """

    name: str
    below: str
    gitops: GitOpsSpec
    there: RenderedSpec

    @property
    def folder(self) -> str:
        """The kustomization's folder from the root of the repository: `deploy/resnet/overlays/dev`."""
        return self.below if self.gitops.path == "." else f"{self.gitops.path}/{self.below}"


def targets(request: FormRequest) -> tuple[Target, ...]:
    """Every environment of a service, or the service itself when it has none.

    Raises:
        InputError: an environment has no `gitops`, or its name is too long for a label.
    """
    return tuple(_targets(request))


def _targets(request: FormRequest) -> Iterator[Target]:
    if not request.environments:
        base = RenderedSpec(spec=request.spec, rendered=request.rendered)
        yield _target(base, name=request.spec.name, below="base", environment=None)
    for environment, there in request.environments.items():
        name = f"{request.spec.name}-{environment}"
        yield _target(there, name=name, below=f"overlays/{environment}", environment=environment)


def _target(there: RenderedSpec, *, name: str, below: str, environment: str | None) -> Target:
    gitops = there.spec.gitops
    where = f" in environment {environment}" if environment else ""
    if gitops is None:
        message = f"gitops.repository is missing in the spec of {there.spec.name}{where}"
        hint = "say where the rendered files are committed: gitops: {repository: https://HOST/PATH, path: FOLDER}"
        raise InputError(message, hint=hint)
    if len(name) > _LONGEST_NAME:
        message = f"{name} is too long to name what delivers {there.spec.name}{where}"
        raise InputError(message, hint=f"shorten the environment's name: together at most {_LONGEST_NAME} characters")
    return Target(name=name, below=below, gitops=gitops, there=there)


def annotated(request: FormRequest, *, annotations: Callable[[Manifest], Mapping[str, str]]) -> FormRequest:
    """The same service, each of its objects with further annotations."""
    return request._replace(
        rendered=_annotated(request.rendered, annotations=annotations),
        environments={
            name: there._replace(rendered=_annotated(there.rendered, annotations=annotations))
            for name, there in request.environments.items()
        },
    )


def _annotated(rendered: Rendered, *, annotations: Callable[[Manifest], Mapping[str, str]]) -> Rendered:
    manifests: Manifests = tuple(_with(manifest, annotations(manifest)) for manifest in rendered.manifests)
    return rendered._replace(manifests=manifests)


def _with(manifest: Manifest, added: Mapping[str, str]) -> Manifest:
    if not added:
        return manifest
    metadata = object_at(manifest.body, "metadata")
    texts = {**object_at(metadata, "annotations"), **added}
    return Manifest(ref=manifest.ref, body={**manifest.body, "metadata": {**metadata, "annotations": texts}})
