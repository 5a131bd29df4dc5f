"""Warm-up runs within the load."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.contract.modelserver.asking import answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.modelserver.conftest import StartServer
    from tests.contract.modelserver.watched import Versions

pytestmark = pytest.mark.contract

RECORDS = "assets.extra/tf_serving_warmup_requests"


def test_good_records_are_replayed_before_the_ports_open(start_server: StartServer, made_models: Path) -> None:
    server = start_server("--model_name=m", f"--model_base_path={made_models}/warm")

    assert "Number of warmup records read: 2" in server.running.output()
    assert answer(server, "m") == 3.0


def test_a_record_that_fails_fails_the_load(start_server: StartServer, made_models: Path) -> None:
    flags = (f"--model_base_path={made_models}/bad_warm_up", "--max_num_load_retries=0")

    server = start_server(*flags, is_open=False)

    assert server.wait_for_exit() == 255
    assert "no_such_input" in server.running.output()


def test_without_warm_up_the_bad_record_does_no_harm(start_server: StartServer, made_models: Path) -> None:
    flags = (f"--model_base_path={made_models}/bad_warm_up", "--enable_model_warmup=false")

    server = start_server("--model_name=m", *flags)

    assert answer(server, "m") == 3.0


def test_more_than_a_thousand_records_fail_the_load(
    start_server: StartServer, made_models: Path, versions: Versions
) -> None:
    shutil.copytree(made_models / "warm" / "1", versions.path / "1")
    records = versions.path / "1" / RECORDS
    records.write_bytes(records.read_bytes() * 501)

    server = start_server(f"--model_base_path={versions.path}", "--max_num_load_retries=0", is_open=False)

    assert server.wait_for_exit() == 255


def test_a_warm_up_file_of_another_format_fails_the_load(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)
    records = versions.path / "1" / RECORDS
    records.parent.mkdir()
    records.write_text("this is not a TFRecord file")

    server = start_server(f"--model_base_path={versions.path}", "--max_num_load_retries=0", is_open=False)

    assert server.wait_for_exit() == 255
