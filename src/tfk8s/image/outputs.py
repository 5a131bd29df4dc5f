"""Images as files, without a registry: an OCI layout in a directory, and a tar file that Docker and containerd load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.image.archive import LAYOUT_FILE, REF_NAME, blob_path, index_entry, index_of, tar_blob, tar_file
from tfk8s.image.contents import checked, image_contents
from tfk8s.image.descriptor import OCI_MANIFEST, digest_of, encode
from tfk8s.image.meter import Meter
from tfk8s.image.output_file import make_directory, write_whole
from tfk8s.image.tar_stream import TAR_END
from tfk8s.manifest import JsonObject
from tfk8s.ports import BaseImage, Blob, Delivery, ModelImage, Reporter


def write_layout(image: ModelImage, directory: Path, *, base: BaseImage, reporter: Reporter) -> Delivery:
    """Write the image into an OCI image layout; images under other tags stay, and the index is written last.

    Raises:
        RegistryError: there is no room, or a layer of the base is not at hand.
        InputError: a file of the model changed, or the place cannot be written, or holds something else.
    """
    index = _index(directory)
    contents = (*image_contents(image, base=base), _manifest_blob(image))
    missing = [blob for blob in contents if not _is_there(directory, blob)]
    meter = Meter(f"write {directory}", total_bytes=sum(blob.size_bytes for blob in missing), reporter=reporter)
    made: list[Path] = []
    try:
        made.extend(make_directory(directory / "blobs" / "sha256"))
        for blob in missing:
            path = directory / blob_path(blob.digest)
            write_whole(path, meter.counted(checked(blob).chunks()))
            made.append(path)
        if not (directory / "oci-layout").exists():
            write_whole(directory / "oci-layout", [LAYOUT_FILE])
            made.append(directory / "oci-layout")
        write_whole(directory / "index.json", [encode(_with(index, image))])
    except BaseException:
        _remove(made)
        raise
    reused = sum(blob.size_bytes for blob in contents) - meter.done_bytes
    return Delivery(digest=image.digest, sent_bytes=meter.done_bytes, reused_bytes=reused)


def write_archive(image: ModelImage, file: Path, *, base: BaseImage, reporter: Reporter) -> Delivery:
    """Write the image into one tar file, for `docker load`, `ctr images import` and `kind load image-archive`.

    Raises:
        RegistryError: there is no room, or a layer of the base is not at hand.
        InputError: a file of the model changed, or the place cannot be written.
    """
    contents = image_contents(image, base=base)
    total = sum(blob.size_bytes for blob in contents)
    meter = Meter(f"write {file}", total_bytes=total, reporter=reporter)
    write_whole(file, meter.counted(_archive(image, contents)))
    return Delivery(digest=image.digest, sent_bytes=total, reused_bytes=0)


def _archive(image: ModelImage, contents: tuple[Blob, ...]) -> Iterator[bytes]:
    yield from tar_file("oci-layout", LAYOUT_FILE)
    yield from tar_file("index.json", encode(index_of(index_entry(image.manifest, reference=image.reference))))
    config = digest_of(image.config)
    layers = [blob_path(blob.digest) for blob in contents if blob.digest != config]
    # Docker before 25 knows only its own list of images (moby, image/tarexport).
    docker: JsonObject = {"Config": blob_path(config), "RepoTags": [image.reference], "Layers": [*layers]}
    yield from tar_file("manifest.json", encode([docker]))
    for blob in (_manifest_blob(image), *contents):
        yield from tar_blob(checked(blob))
    yield TAR_END


def _manifest_blob(image: ModelImage) -> Blob:
    return Blob(
        media_type=OCI_MANIFEST,
        digest=image.digest,
        size_bytes=len(image.manifest),
        chunks=lambda: iter((image.manifest,)),
    )


def _is_there(directory: Path, blob: Blob) -> bool:
    path = directory / blob_path(blob.digest)
    try:
        return path.stat().st_size == blob.size_bytes
    except OSError:
        return False


def _index(directory: Path) -> list[JsonObject]:
    """The images that the layout has; none where there is nothing yet."""
    if not directory.exists():
        return []
    path = directory / "index.json"
    if not path.exists() and any(directory.iterdir()) and not (directory / "blobs").is_dir():
        raise InputError(f"{directory} is no OCI image layout, and not empty", hint="name a new or empty directory")
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as an index of images", hint="name another directory") from error
    entries = document.get("manifests") if isinstance(document, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _with(index: list[JsonObject], image: ModelImage) -> JsonObject:
    entry = index_entry(image.manifest, reference=image.reference)
    return index_of(*(other for other in index if _tag(other) != _tag(entry)), entry)


def _tag(entry: JsonObject) -> str | None:
    found = entry.get("annotations")
    name = found.get(REF_NAME) if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


def _remove(made: list[Path]) -> None:
    for path in reversed(made):
        if path.is_dir():
            path.rmdir() if not any(path.iterdir()) else None
        else:
            path.unlink(missing_ok=True)
