"""Several services in any form: each spec rendered in its environments, and the files that a GitOps tool reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple, TypeAlias

from tfk8s.app.render import RenderRequest, render_service
from tfk8s.errors import InputError
from tfk8s.gitops.files import object_files
from tfk8s.gitops.request import FormFiles, FormRequest, RenderedSpec
from tfk8s.render import RenderWarning

Form: TypeAlias = Literal["plain", "kustomize", "helm", "argocd", "flux"]


class ServiceRequest(NamedTuple):
    """One service to render.

    Attributes:
        plain: the spec without an environment, or in the one that was asked for.
        environments: the spec in each environment that the form is to have.
        source: what messages call the spec; None when it is the only one.
    """

    plain: RenderRequest
    environments: Mapping[str, RenderRequest]
    source: str | None = None


def render_in_environments(request: ServiceRequest, *, chart: str | None = None) -> FormRequest:
    """Render a service in each of its environments.

    Raises:
        InputError: a model cannot be served as the spec says there, or, when strict, there is something to warn of.
    """
    with about(request.source):
        rendered = render_service(request.plain)
        there = {name: _rendered_there(name, variant) for name, variant in request.environments.items()}
    return FormRequest(spec=request.plain.spec, rendered=rendered, environments=there, chart=chart)


def _rendered_there(name: str, variant: RenderRequest) -> RenderedSpec:
    with about(f"in environment {name}"):
        return RenderedSpec(spec=variant.spec, rendered=render_service(variant))


@contextmanager
def about(subject: str | None) -> Iterator[None]:
    """Say of an error what it is about, where that is one of several."""
    try:
        yield
    except InputError as error:
        if subject is None:
            raise
        raise InputError(f"{subject}: {error.message}", hint=error.hint, details=error.details) from error


def warnings_of(request: FormRequest) -> tuple[RenderWarning, ...]:
    """What there is to warn of, each once whatever the environments it is true of."""
    rendered = (request.rendered, *(there.rendered for there in request.environments.values()))
    return tuple(dict.fromkeys(warning for found in rendered for warning in found.warnings))


def files_of_form(form: Form, request: FormRequest) -> FormFiles:
    """The files of one service.

    Raises:
        InputError: the service cannot have this form.
    """
    return _maker(form)(request)


def files_of_services(form: Form, requests: Sequence[FormRequest]) -> FormFiles:
    """The files of several services, each in a folder of its name.

    Raises:
        InputError: a service cannot have this form, or two have the same name.
    """
    _refuse_same_folder(requests)
    return {
        f"{request.spec.name}/{path}": text
        for request in requests
        for path, text in files_of_form(form, request).items()
    }


def _maker(form: Form) -> Callable[[FormRequest], FormFiles]:
    """The form's function; only its module is loaded."""
    match form:
        case "plain":
            return lambda request: object_files(request.rendered)
        case "kustomize":
            from tfk8s.gitops.kustomize import kustomize_files

            return kustomize_files
        case "helm":
            from tfk8s.gitops.helm import helm_files

            return helm_files
        case "argocd":
            from tfk8s.gitops.argocd import argocd_files

            return argocd_files
        case "flux":
            from tfk8s.gitops.flux import flux_files

            return flux_files


def _refuse_same_folder(requests: Iterable[FormRequest]) -> None:
    seen: dict[str, str] = {}
    for request in requests:
        name, namespace = request.spec.name, request.spec.namespace
        if name in seen:
            raise InputError(
                f"{name} in {seen[name]} and {name} in {namespace} would both be written to the folder {name}",
                hint="render them one by one into folders of their own, or give one of them another name",
            )
        seen[name] = namespace
