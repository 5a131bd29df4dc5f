"""Talks to a running model server: its status, its signatures, its predictions; and runs one on this computer."""

from __future__ import annotations
