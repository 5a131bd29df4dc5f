"""Small images to push, and what a registry holds of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.testbed.images import docker_archive

if TYPE_CHECKING:
    from pathlib import Path

    from tests.registry.running import RunningRegistry


def base_archive(folder: Path, *, layer_bytes: int = 200_000) -> Path:
    """Write a small image for linux/amd64 with two layers, as `docker save` would; the same bytes every time."""
    content = folder / "base-content"
    (content / "bin").mkdir(parents=True, exist_ok=True)
    (content / "bin" / "server").write_bytes(bytes(range(256)) * (layer_bytes // 256))
    (content / "bin" / "server").chmod(0o755)
    notice = folder / "notice"
    notice.write_text("a test image\n")
    notice.chmod(0o644)
    return docker_archive(
        folder / "base.tar",
        tags=["tfk8s-test/base:1"],
        layers=[[(content, "/")], [(notice, "/usr/share/notice")]],
        entrypoint=["/bin/server"],
        env=["MODEL_BASE_PATH=/models", "MODEL_NAME=model"],
        ports=[8500, 8501],
    )


def push_base(registry: RunningRegistry, folder: Path, *, name: str = "base") -> str:
    """Push the small image with crane, and forget the traffic of it; returns its name by digest."""
    tagged = registry.image(name)
    registry.crane("push", base_archive(folder), tagged)
    digest = registry.crane("digest", tagged).strip()
    registry.traffic.forget()
    return f"{tagged.rpartition(':')[0]}@{digest}"
