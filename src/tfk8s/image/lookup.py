"""Asks a registry about an image, without taking it: whether it is there, its digests, its platforms."""

from __future__ import annotations

from typing import Final

from tfk8s.errors import RegistryError, Tfk8sError
from tfk8s.image.answer import Answer
from tfk8s.image.descriptor import digest_of
from tfk8s.image.documents import is_index, platforms_of, read_document, read_manifest
from tfk8s.image.download import RemoteImage
from tfk8s.image.tokens import LoginRefusedError
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState

_OK: Final = 200
_STATES: Final = {401: ImageState.DENIED, 403: ImageState.DENIED, 404: ImageState.ABSENT}


def look_up(image: RemoteImage) -> ImageAnswer:
    """What the registry says of an image.

    Raises:
        PreconditionError: a certificate is not trusted, or a login cannot be had.
        RegistryError: it does not answer, or what it answers is no image.
    """
    try:
        answer = image.asked("GET", image.reference.wanted)
    except LoginRefusedError as error:
        return ImageAnswer(image=image.text, state=ImageState.DENIED, words=error.message)
    if answer.status != _OK:
        state = _STATES.get(answer.status, ImageState.UNANSWERED)
        return ImageAnswer(image=image.text, state=state, words=_words(answer, image=image))
    document = read_document(answer.body, name=image.text)
    below = [text_at(entry, "digest") for entry in objects_at(document, "manifests")] if is_index(document) else []
    return ImageAnswer(
        image=image.text,
        state=ImageState.PRESENT,
        digests=(digest_of(answer.body), *below),
        platforms=platforms_of(document) if is_index(document) else _own_platform(image, answer.body),
        words=f"{image.reference.registry} has it",
    )


def unanswered(image: str, error: Tfk8sError) -> ImageAnswer:
    """That there was no answer is one too."""
    return ImageAnswer(image=image, state=ImageState.UNANSWERED, words=error.message)


def _words(answer: Answer, *, image: RemoteImage) -> str:
    said = "; ".join((", ".join(sorted(answer.codes)), *answer.messages)).strip("; ")
    tried = f"; tried: {image.client.auth.tried or 'no login'}" if answer.status in (401, 403) else ""
    return f"{image.reference.registry} answers HTTP {answer.status}" + (f" {said}" if said else "") + tried


def _own_platform(image: RemoteImage, manifest: bytes) -> tuple[str, ...]:
    """Of an image without an index its config tells it; one that cannot be read leaves it unknown."""
    try:
        config = read_document(image.config(read_manifest(manifest, name=image.text)), name=image.text)
    except RegistryError:
        return ()
    found = (text_at(config, "os"), text_at(config, "architecture"))
    return ("/".join(found),) if all(found) else ()
