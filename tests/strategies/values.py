"""Plain data as a manifest holds it, and the texts that break careless writers."""

from __future__ import annotations

from hypothesis import strategies as st

from tfk8s.manifest import JsonValue

_WORDS = (
    "yes no on Off y n true null ~ 1e3 0o14 010 0x1F 1_000 .inf .nan 12:30:00 2020-01-01 << = # &a *a !a %a @a `a "
    "--- ... $(X) $$(X) \\n \"' \x7f \x9f \ue000 \uffff \U0010ffff \U0001f600 e\u0301 \u05d0 \ufeffa"
)
_BREAKS = ("a\n---\nb", "a\n...\nb", "a\nb\n", "a\n\n b\n", "\n", " \n", "a\r\nb", "a\tb", "a\x85b", "a\u2028b", "a\0b")
_AWKWARD = (*_WORDS.split(" "), *_BREAKS, "", "- a", "a: b", "a #b", "{{ x }}")


def texts(*, max_size: int = 40) -> st.SearchStrategy[str]:
    """Any text that UTF-8 can hold, often one that YAML readers misunderstand."""
    any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=max_size)
    lines = st.lists(st.one_of(st.sampled_from(_AWKWARD), any_text), max_size=4).map("\n".join)
    return st.one_of(st.sampled_from(_AWKWARD), any_text, lines)


def json_values() -> st.SearchStrategy[JsonValue]:
    """Any value that a manifest can hold."""
    scalars: st.SearchStrategy[JsonValue] = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(min_value=-(2**63), max_value=2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        texts(),
    )
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts(), inner, max_size=4)),
        max_leaves=12,
    )
