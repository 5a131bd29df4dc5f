"""A file that is written whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Put the content into the file, in the place of what was there: a reader sees the old one or the new one.

    Args:
        path: A link stays a link; what it leads to is replaced. What is no file, such as a device, is written to.
        content: All of it.
        mode: Of the file, less what the umask takes away.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    file = path.resolve()
    if file.exists() and not file.is_file():
        file.write_bytes(content)
        return
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.unlink(missing_ok=True)  # half of an earlier one, with a mode of its own
        partial.touch(mode=mode, exist_ok=False)
        partial.write_bytes(content)
        partial.replace(file)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
