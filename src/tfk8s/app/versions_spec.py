"""The spec file with another list of versions, and another digest where it pins one; comments stay."""

from __future__ import annotations

from collections.abc import Callable

from tfk8s.app.git_change import GitChange, SpecChange, write_change
from tfk8s.app.spec_edit import SpecNotEditableError, edited
from tfk8s.app.versions_request import AddPlan, AddRequest
from tfk8s.spec.pinning import with_digest
from tfk8s.spec.version_list import with_versions


def new_text(request: AddRequest, plan: AddPlan, *, digest: str | None) -> str | None:
    """The text of the spec file as it is to be; None for one that came from a stream.

    Args:
        request: names the file.
        plan: what is to be in it.
        digest: of the image, where the spec pins one.

    Raises:
        InputError: it cannot be read, or is written in a way that cannot be edited; nothing was changed.
    """
    if request.file is None:
        return None
    wanted = f"versions of {plan.model.name} to {_told(plan)}" + (f" and image.digest to {digest}" if digest else "")
    try:
        return edited(request.file, edit_of(request, plan, digest=digest), by_hand=f"set {wanted} by hand")
    except SpecNotEditableError:
        if request.write:
            raise
        return None


def edit_of(request: AddRequest, plan: AddPlan, *, digest: str | None) -> Callable[[str], str]:
    """What the version means to the text of a spec."""

    def edit(text: str) -> str:
        versions = plan.new_model.versions
        if plan.changes_spec and isinstance(versions, tuple):
            text = with_versions(text, index=_index(request, plan), versions=versions, environment=request.environment)
        if digest is not None and digest != request.spec.image.digest:
            text = with_digest(text, digest)
        return text

    return edit


def write_spec(request: AddRequest, plan: AddPlan, *, digest: str | None) -> tuple[str, ...]:
    """Write the file as it is to be, read anew: somebody may have edited it meanwhile. Returns what was written.

    Raises:
        InputError: as `new_text`, or it cannot be written.
    """
    text = new_text(request, plan, digest=digest) if request.write else None
    if text is None or request.file is None:
        return ()
    return write_change(GitChange(spec=SpecChange(file=request.file, text=text, spec=plan.spec)))


def _index(request: AddRequest, plan: AddPlan) -> int | None:
    if request.spec.model is not None:
        return None
    return [model.name for model in request.spec.models].index(plan.model.name)


def _told(plan: AddPlan) -> str:
    versions = plan.new_model.versions
    return versions if isinstance(versions, str) else str([*versions])
