from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tfk8s.render.flags import Flag, merge

OURS = (
    Flag(name="enable_profiler", value="false", reason="the profiler listens on the serving port"),
    Flag(name="rest_api_num_threads", value="8", reason="four for each processor"),
)


def test_a_flag_of_the_user_takes_the_place_of_ours() -> None:
    merged = merge(OURS, users={"rest_api_num_threads": "64"})

    assert [flag.argument for flag in merged] == ["--enable_profiler=false", "--rest_api_num_threads=64"]
    assert merged[1].reason == "from the spec, in place of 8"


def test_other_flags_of_the_user_follow_in_the_order_of_their_names() -> None:
    merged = merge(OURS, users={"saved_model_tags": "serve", "mixed_precision": "bfloat16"})

    assert [flag.name for flag in merged] == [
        "enable_profiler",
        "rest_api_num_threads",
        "mixed_precision",
        "saved_model_tags",
    ]


def test_a_value_that_looks_like_a_variable_is_kept_from_the_kubelet() -> None:
    assert Flag(name="saved_model_tags", value='a "b" $(X)', reason="").argument == '--saved_model_tags=a "b" $$(X)'


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.text(max_size=20)))
def test_no_flag_occurs_twice_and_each_has_the_form_that_the_server_reads(users: dict[str, str]) -> None:
    arguments = [flag.argument for flag in merge(OURS, users=users)]

    names = [argument.partition("=")[0] for argument in arguments]
    assert len(set(names)) == len(names)
    assert all(re.match(r"--[a-z_]+=", argument) for argument in arguments)
