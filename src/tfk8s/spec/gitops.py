"""The Git repository that rendered files are committed to, and how Argo CD or Flux follow it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import DnsLabel, ObjectName
from tfk8s.spec.part import Part

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?"
_PATH = r"[A-Za-z0-9._~%+-]+(?:/[A-Za-z0-9._~%+-]+)*/?"
_USER = r"[A-Za-z0-9._-]+"
_HTTPS = re.compile(rf"https://{_HOST}/{_PATH}\Z")
_SSH = re.compile(rf"ssh://(?:{_USER}@)?{_HOST}/{_PATH}\Z")
_SCP = re.compile(rf"(?P<login>{_USER}@[A-Za-z0-9.-]+):(?P<path>{_PATH})\Z")
_LOGIN = re.compile(r"(?:https?://[^/]*|ssh://[^/@]*:[^/@]*)@")
_SERVER = re.compile(rf"https://(?:{_HOST}|\[[0-9a-fA-F:]+\](?::[0-9]{{1,5}})?)(?:/{_PATH})?\Z")
_FOLDER = re.compile(r"(?!\.\.?(?:/|\Z))[A-Za-z0-9._-]+(?:/(?!\.\.?(?:/|\Z))[A-Za-z0-9._-]+)*\Z")
_DURATION = re.compile(r"(?=[0-9])(?:(?P<h>[0-9]{1,4})h)?(?:(?P<m>[0-9]{1,6})m)?(?:(?P<s>[0-9]{1,6})s)?\Z")
_NOT_GO = re.compile(r"\(\?(?:[=!#(]|<[=!]|P=)|\\[1-9]")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
# https://git-scm.com/docs/git-check-ref-format, without characters beyond ASCII.
_REVISION = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|\Z)|[/.]\Z))[A-Za-z0-9._/@+=#%,!-]{1,200}\Z")
_SHORTEST_S, _LONGEST_S = 30, 86_400


def _repository(text: str) -> str:
    if _LOGIN.match(text):
        # The text itself stays out of the message: it holds a password or token.
        message = "holds a login, which would stand readable in Git and in the cluster: name the repository alone, and "
        raise PydanticCustomError("url", message + "keep the login in a Secret of Argo CD or Flux")
    if not (_HTTPS.match(text) or _SSH.match(text) or _SCP.match(text)):
        message = (
            "{text} is no address of a Git repository: write https://HOST/PATH, ssh://git@HOST/PATH or git@HOST:PATH"
        )
        raise PydanticCustomError("url", message, {"text": text})
    return text


def _server(text: str) -> str:
    if _LOGIN.match(text):
        raise PydanticCustomError("url", "holds a login: Argo CD keeps the logins of clusters in Secrets of its own")
    if not _SERVER.match(text):
        message = "{text} is no address of an API server: write https://HOST, as `argocd cluster list` shows it"
        raise PydanticCustomError("url", message, {"text": text})
    return text


def _folder(text: str) -> str:
    if text != "." and not _FOLDER.match(text):
        message = "{text} is no folder of the repository: write it from the root, as in deploy/resnet"
        raise PydanticCustomError("path", message, {"text": text})
    return text


def _revision(text: str) -> str:
    if not _REVISION.match(text):
        message = "{text} is no name that Git takes: write a branch, a commit's 40 digits or refs/tags/NAME"
        raise PydanticCustomError("revision", message, {"text": text})
    return text


def _interval(text: str) -> str:
    match = _DURATION.match(text)
    seconds = -1
    if match is not None:
        seconds = 3600 * int(match["h"] or 0) + 60 * int(match["m"] or 0) + int(match["s"] or 0)
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        message = "{text} is no time from 30s to 24h: write for example 90s, 10m or 1h30m"
        raise PydanticCustomError("duration", message, {"text": text})
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        message = "{text} is no regular expression: {reason}"
        raise PydanticCustomError("pattern", message, {"text": text, "reason": str(error)}) from None
    if _NOT_GO.search(text):
        message = "{text} looks around or back, which Go's regular expressions, and so Flux, cannot"
        raise PydanticCustomError("pattern", message, {"text": text})
    return text


Interval: TypeAlias = Annotated[str, AfterValidator(_interval)]
TagOrder: TypeAlias = Literal["semver", "numerical", "alphabetical"]


class ArgoCdSpec(Part):
    """The Application that Argo CD gets, one for each environment."""

    namespace: DnsLabel = "argocd"
    """Namespace of the Application. Default: argocd, where Argo CD looks for them."""

    project: ObjectName = "default"
    """Argo CD's project, which says what the Application may do. Default: default, which every installation has."""

    server: Annotated[str, AfterValidator(_server)] = "https://kubernetes.default.svc"
    """The cluster to deploy to, as Argo CD knows it. Default: https://kubernetes.default.svc, the one Argo CD runs
    in."""

    automated: bool = True
    """Whether Argo CD syncs by itself. Default: true; with false somebody presses Sync."""

    prune: bool = True
    """Whether an automatic sync deletes what is gone from Git. Default: true, because tfk8s removes only what the spec
    no longer says. A Namespace is never deleted."""

    self_heal: bool = True
    """Whether changes made in the cluster by hand are undone. Default: true; fields that the autoscaler sets are not
    in Git and stay as they are."""


class FluxImagesSpec(Part):
    """New images that Flux finds in `image.repository` and commits to the repository."""

    tags: Annotated[str, AfterValidator(_pattern), Field(min_length=1, max_length=200)] = ".*"
    """Regular expression of the tags that count, as `^v(?P<n>[0-9]+)$`. Default: all."""

    extract: Annotated[str, Field(max_length=200)] = ""
    """What of a tag is compared, in terms of the expression, as `$n`. Default: the whole tag."""

    order: TagOrder = "semver"
    """How tags are compared; the highest wins. Default: semver."""

    range: Annotated[str, Field(min_length=1, max_length=200)] = ">=0.0.0"
    """Which releases are taken, with `order: semver`. Default: every one but pre-releases."""

    interval: Interval = "5m"
    """Time between looks into the registry. Default: 5m."""

    secret: ObjectName | None = None
    """Secret in Flux's namespace with the login of the registry. Absent: the registry asks for none."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] = "flux@users.noreply.localhost"
    """Address of the author of Flux's commits. Default: one that no mail reaches."""


class FluxSpec(Part):
    """The objects that Flux gets: where the files are, and what to do with them in each environment."""

    namespace: DnsLabel = "flux-system"
    """Namespace of Flux's objects. Default: flux-system, where Flux is installed."""

    source: ObjectName | None = None
    """A GitRepository that is there already, in the same namespace. Absent: one is rendered."""

    secret: ObjectName | None = None
    """Secret in the same namespace with the login of the Git repository. Absent: it is public."""

    interval: Interval = "10m"
    """Time between two looks at the repository and the cluster. Default: 10m."""

    prune: bool = True
    """Whether what is gone from Git is deleted. Default: true, because tfk8s removes only what the spec no longer says.
    A Namespace is never deleted."""

    images: FluxImagesSpec | None = None
    """Follows new images. Absent: the image changes in Git by hand or by CI alone."""


class GitOpsSpec(Part):
    """Where the rendered files are committed, and who follows them."""

    repository: Annotated[str, AfterValidator(_repository)]
    """Address of the Git repository, without a login: `https://HOST/PATH`, `ssh://git@HOST/PATH` or `git@HOST:PATH`."""

    path: Annotated[str, AfterValidator(_folder)] = "."
    """Folder of this service's rendered files, from the root of the repository, as `deploy/resnet`. Default: the
    root."""

    revision: Annotated[str, AfterValidator(_revision)] = "main"
    """What is followed: a branch, a commit (40 digits) or a full name (`refs/tags/v1`). Default: main."""

    argocd: ArgoCdSpec = ArgoCdSpec.unsaid()
    """Settings of `render --format argocd`."""

    flux: FluxSpec = FluxSpec.unsaid()
    """Settings of `render --format flux`."""

    @property
    def is_commit(self) -> bool:
        """Whether the revision names a commit, which never moves."""
        return _COMMIT.match(self.revision) is not None

    @property
    def url(self) -> str:
        """The repository as a URL, also when it is written as git@HOST:PATH."""
        match = _SCP.match(self.repository)
        return f"ssh://{match['login']}/{match['path']}" if match else self.repository
