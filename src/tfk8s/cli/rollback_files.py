"""Which files `tfk8s rollback` writes, checked before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfk8s.cli.cluster_options import Aim
from tfk8s.cli.spec_file import chosen_environment, chosen_regions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfk8s.app.git_change import FilesChange, GitChange, SpecChange
    from tfk8s.plan import Revision
    from tfk8s.ports import Cluster
    from tfk8s.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAim:
    """The command line: the spec file, the folder of rendered files, and whether to write at all."""

    aim: Aim
    out: Path | None
    form: str
    write_to: Path | None
    is_wanted: bool

    def of_release(self, release: Revision, *, cluster: Cluster) -> GitChange:
        """The files of a release that the cluster recorded.

        Raises:
            InputError: its spec is not known, or a file holds what is not committed.
            PreconditionError: a file is in no Git repository.
        """
        from tfk8s.app.git_change import GitChange

        if not self.is_wanted:
            return GitChange()
        spec = self.spec_of_release(release, cluster=cluster)
        return self.checked(GitChange(spec=spec, files=self._rendered(spec) if self.out is not None else None))

    def spec_of_release(self, release: Revision, *, cluster: Cluster, is_alone: bool = True) -> SpecChange:
        """The spec file as it was for a release.

        Args:
            release: the release.
            cluster: of its region.
            is_alone: whether the other regions stay as they are.

        Raises:
            InputError: its spec is not known.
        """
        from tfk8s.app.git_change import spec_of_release
        from tfk8s.app.rendering import supported_minor

        return spec_of_release(
            release,
            file=self.write_to or self.aim.spec_file,
            base=self.aim.spec_file.parent,
            minor=supported_minor(cluster.release()),
            region=self.aim.region or next(iter(chosen_regions()), None),
            is_alone=is_alone,
        )

    def _rendered(self, change: SpecChange) -> FilesChange:
        """What `render --out` writes of the spec as it is to be."""
        from typing import get_args

        from tfk8s.app.git_change import FilesChange
        from tfk8s.app.render import RenderRequest
        from tfk8s.app.render_forms import Form, ServiceRequest, files_of_form, render_in_environments
        from tfk8s.errors import InputError
        from tfk8s.spec import load_spec, load_whole

        assert self.out is not None  # noqa: S101 - it is asked for only then
        form = next((known for known in get_args(Form) if known == self.form), None)
        if form is None:
            raise InputError(f"--format {self.form} is no form", hint=f"known are {', '.join(get_args(Form))}")
        self._refuse_other_form(self.out)
        environment, source = chosen_environment(), str(change.file)
        environments: Mapping[str, ServiceSpec] = {}
        if environment is not None:
            spec = load_spec(change.text, source=source, environment=environment)
        else:
            spec, environments = load_whole(change.text, source=source)
        if spec.regions:
            raise InputError(
                f"{change.file} has regions, each with a folder of its own below {self.out}",
                hint="leave --out out; tfk8s render --out writes them once the spec is back",
            )
        base = self.aim.spec_file.parent
        there = {} if self.form == "plain" else environments
        request = ServiceRequest(
            plain=RenderRequest(spec=spec, base=base),
            environments={name: RenderRequest(spec=each, base=base) for name, each in there.items()},
        )
        return FilesChange(folder=self.out, files=files_of_form(form, render_in_environments(request)))

    def _refuse_other_form(self, folder: Path) -> None:
        """Plain files lie in the folder itself, and need no list of what is ours; every other form does."""
        from tfk8s.app.folder_index import INDEX
        from tfk8s.errors import InputError

        if self.form == "plain" and (folder / INDEX).exists():
            raise InputError(
                f"{folder} holds another form than plain files", hint="say which with --format, as for tfk8s render"
            )

    def of_revision(self, revision: str) -> GitChange:
        """The files as Git had them.

        Raises:
            InputError: there is no such revision or no such file there, or a file holds what is not committed.
            PreconditionError: no Git repository.
        """
        from dataclasses import replace

        from tfk8s.app.git_change import GitChange, folder_at_revision, spec_at_revision
        from tfk8s.cli.wiring.repositories import repository_of

        file = self.aim.spec_file
        environment = chosen_environment()
        spec = spec_at_revision(file, revision=revision, environment=environment, repository=repository_of(file))
        if self.write_to is not None:
            spec = replace(spec, file=self.write_to)
        out = self.out
        files = None if out is None else folder_at_revision(out, revision=revision, repository=repository_of(out))
        return self.checked(GitChange(spec=spec, files=files))

    def checked(self, change: GitChange) -> GitChange:
        """The same, once it is sure that nothing is lost by it.

        Raises:
            InputError: a file holds what is not committed, or is there already.
            PreconditionError: a file is in no Git repository.
        """
        from tfk8s.app.git_change import require_clean
        from tfk8s.cli.wiring.repositories import repository_of
        from tfk8s.errors import InputError

        if self.write_to is not None and self.write_to.exists() and self.write_to in change.paths:
            raise InputError(f"{self.write_to} is there already", hint="name a new file with --write-to")
        require_clean(tuple(path for path in change.paths if path != self.write_to), repository_of=repository_of)
        return change
