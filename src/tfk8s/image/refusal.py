"""What a registry's refusal means in the user's terms, decided on status and error codes alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer
from tfk8s.image.reference import Reference, is_container_registry, is_google

_WRITER: Final = "roles/artifactregistry.writer"
_READER: Final = "roles/artifactregistry.reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a registry was asked to do.

    Attributes:
        what: the request in the user's words, to follow "the registry refused".
        image: whose repository it is about.
        access: whether it only reads.
        tried: which login was shown, in the user's words; "" for none.
    """

    what: str
    image: Reference
    access: Literal["pull", "push"]
    tried: str = ""


def refusal(answer: Answer, *, asked: Asked) -> RegistryError:
    """Explain an answer that is no success."""
    details = _details(answer)
    if answer.status == 401 or (answer.status != 403 and "UNAUTHORIZED" in answer.codes):
        message = (
            f"{asked.image.registry} does not accept the login for {asked.what}; tried: {asked.tried or 'no login'}"
        )
        return RegistryError(message, hint=login_hint(asked.image.registry), details=details)
    if answer.status == 403 or "DENIED" in answer.codes:
        return _denied(asked, details)
    if "NAME_UNKNOWN" in answer.codes:
        return RegistryError(
            f"{asked.what} failed: the repository {asked.image.name} does not exist",
            hint=_missing_hint(asked),
            details=details,
        )
    if known := _known(answer, asked):
        return RegistryError(known[0], hint=known[1], details=details)
    if answer.status == 404 and asked.access == "pull":
        return RegistryError(
            f"{asked.image} does not exist", hint="look at the name, the tag and the digest", details=details
        )
    return RegistryError(
        f"{asked.image.registry} refused {asked.what} with HTTP {answer.status}",
        hint="run the same command again later; what is there already is not sent again",
        details=details,
    )


def login_hint(registry: str) -> str:
    """How to get a login for the registry."""
    if is_google(registry):
        return "log in with gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS"
    return f"log in with docker login {registry}, and look whether the login is still good"


def _denied(asked: Asked, details: tuple[str, ...]) -> RegistryError:
    role = _WRITER if asked.access == "push" else _READER
    verb = "push to" if asked.access == "push" else "pull from"
    message = f"{asked.image.registry} does not let you {verb} {asked.image.name}; tried: {asked.tried or 'no login'}"
    if is_container_registry(asked.image.registry) and asked.access == "push":
        message += "; Container Registry is closed for writes, and only Artifact Registry can host this name"
    if asked.access == "pull":
        hint = f"get the permission to read it (on Artifact Registry: {role}), and look whether it exists"
    else:
        # A registry does not tell those who may not push whether the repository exists.
        hint = (
            f"get the permission to push (on Artifact Registry: {role}); if the repository does not exist, "
            f"{_creation(asked.image)}"
        )
    return RegistryError(message, hint=hint, details=details)


def _missing_hint(asked: Asked) -> str:
    if asked.access == "pull":
        return "look at the name of the image"
    if is_google(asked.image.registry):
        return _creation(asked.image)
    return f"create the repository at {asked.image.registry}, or look at the name of the image"


def _creation(image: Reference) -> str:
    """How a repository comes to be; it is the second part of a path in Artifact Registry: PROJECT/REPOSITORY/NAME."""
    location, _, is_artifact_registry = image.registry.partition("-docker.pkg.dev")
    parts = image.repository.split("/")
    if image.registry.endswith("-docker.pkg.dev") and len(parts) > 1 and not is_artifact_registry:
        return (
            "create it: run the same command with --create-repository, or gcloud artifacts repositories create "
            f"{parts[1]} --repository-format=docker --location={location} --project={parts[0]}"
        )
    return "create it there first (on Artifact Registry: run the same command with --create-repository)"


def _known(answer: Answer, asked: Asked) -> tuple[str, str] | None:
    image, what = asked.image, asked.what
    meanings = {
        "MANIFEST_UNKNOWN": (f"{image} does not exist", "look at the tag or digest"),
        "BLOB_UNKNOWN": (f"a part of {image} is missing in the registry", "push the image again"),
        "MANIFEST_BLOB_UNKNOWN": (f"{image.name} misses a part of the image", "run the same command again"),
        "DIGEST_INVALID": (
            f"{what} failed: the registry received other bytes than the digest names",
            "run the same command again; if it fails again, something on the way changes the data",
        ),
        "SIZE_INVALID": (f"{what} failed: the registry received another number of bytes", "run the same command again"),
        "NAME_INVALID": (f"{image.registry} does not take the repository name {image.repository}", "name it otherwise"),
        "TAG_INVALID": (f"{image.registry} does not take the tag {image.tag}", "name it otherwise"),
        "MANIFEST_INVALID": (
            f"{image.registry} does not take the image's manifest",
            "look at what this registry allows",
        ),
        "UNSUPPORTED": (f"{image.registry} does not support {what}", "is the registry read-only?"),
        "TOOMANYREQUESTS": (f"{image.registry} takes no more requests for now", "wait some minutes, and run it again"),
        "BLOB_UPLOAD_UNKNOWN": (f"{image.registry} forgot the upload", "run the same command again"),
    }
    return next((meanings[code] for code in meanings if code in answer.codes), None)


def _details(answer: Answer) -> tuple[str, ...]:
    codes = ", ".join(sorted(answer.codes))
    return (f"the registry answered HTTP {answer.status}" + (f" {codes}" if codes else ""), *answer.messages)
