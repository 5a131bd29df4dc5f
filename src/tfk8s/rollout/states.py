"""The states that a model server gives a version of a model."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ServingState(enum.Enum):
    """States of a model version, as `ModelVersionStatus.State` of TensorFlow Serving names them."""

    UNKNOWN = "UNKNOWN"
    START = "START"
    LOADING = "LOADING"
    AVAILABLE = "AVAILABLE"
    UNLOADING = "UNLOADING"
    END = "END"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionState:
    """One version as the server reports it; a failed load is `END` with an error code other than `OK`."""

    number: int
    state: ServingState
    error_code: str = "OK"
    error_message: str = ""

    @property
    def is_available(self) -> bool:
        """Whether it answers requests now."""
        return self.state is ServingState.AVAILABLE

    @property
    def is_coming(self) -> bool:
        """Whether the server is about to load it, or loads it."""
        return self.state in (ServingState.START, ServingState.LOADING)

    @property
    def is_in_memory(self) -> bool:
        """Whether it takes memory now."""
        return self.state in (ServingState.LOADING, ServingState.AVAILABLE, ServingState.UNLOADING)

    @property
    def has_failed(self) -> bool:
        """Whether the server gave up loading it; it is not tried again until its directory or config changes."""
        return self.state is ServingState.END and self.error_code != "OK"
