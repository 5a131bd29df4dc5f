"""A working copy that a test writes and commits to."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_IDENTITY = ("-c", "user.name=Ana Ünal", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """The folder of a repository."""

    root: Path

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        command = ("git", *_IDENTITY, *arguments)
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        """Write a file, with the folders that it needs."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self, subject: str) -> str:
        """Commit everything that is there; the answer is the commit's name."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")
