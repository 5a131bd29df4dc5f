"""Which name took the place of which, as far as what is behind the names tells."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from tfk8s.model.info import Signature, TensorSpec


def likely_renames(gone: Mapping[str, TensorSpec], fresh: Mapping[str, TensorSpec]) -> dict[str, str]:
    """Old keys and their likely new ones: the same dtype, encoding and shape, best names first, each used once."""
    return _paired(
        {
            (old, new)
            for old, was in gone.items()
            for new, now in fresh.items()
            if (was.dtype.base, was.encoding, was.shape) == (now.dtype.base, now.encoding, now.shape)
        }
    )


def signature_renames(gone: Mapping[str, Signature], fresh: Mapping[str, Signature]) -> dict[str, str]:
    """Old signatures and their likely new names: the same method, inputs and outputs."""
    return _paired({(old, new) for old, was in gone.items() for new, now in fresh.items() if _form(was) == _form(now)})


def _form(signature: Signature) -> object:
    sides = (signature.inputs, signature.outputs)
    tensors = tuple(tuple((spec.key, spec.dtype.base, spec.encoding, spec.shape) for spec in side) for side in sides)
    return signature.method_name, tensors


def _paired(candidates: set[tuple[str, str]]) -> dict[str, str]:
    """The pairs whose names are most alike, while both sides are free."""

    def unlikeness(pair: tuple[str, str]) -> tuple[float, tuple[str, str]]:
        return -difflib.SequenceMatcher(None, *pair).ratio(), pair

    found: dict[str, str] = {}
    for old, new in sorted(candidates, key=unlikeness):
        if old not in found and new not in found.values():
            found[old] = new
    return found
