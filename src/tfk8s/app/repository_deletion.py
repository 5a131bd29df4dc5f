"""Deletes the image repository of a service, when this tool made it and the user asks for it."""

from __future__ import annotations

from tfk8s.app.steps import Done
from tfk8s.errors import PreconditionError
from tfk8s.ports import Reporter, Repositories
from tfk8s.spec import ServiceSpec


def our_repository(spec: ServiceSpec, *, repositories: Repositories | None) -> str | None:
    """The repository that may be deleted; None when there is none any more.

    Raises:
        PreconditionError: the images are nowhere that can be deleted here, or the repository is not ours.
    """
    repository = spec.image.repository
    if repository is None or repositories is None or not repositories.manages(repository):
        raise PreconditionError(
            f"the images of {spec.name} are in no repository that can be deleted here",
            hint="delete them with the registry's own tools",
        )
    if not repositories.exists(repository):
        return None
    if not repositories.is_ours(repository):
        raise PreconditionError(
            f"the repository of {repository} was not made by tfk8s, so its images may be needed elsewhere",
            hint="leave out --delete-images, or delete it with gcloud artifacts repositories delete",
        )
    return repository


def repository_deleted(repository: str, repositories: Repositories, *, reporter: Reporter) -> Done[None]:
    """Delete it with every image in it."""
    was_there = repositories.delete(repository, reporter=reporter)
    return Done(value=None, outcome=f"repository of {repository} {'deleted' if was_there else 'was gone'}")
