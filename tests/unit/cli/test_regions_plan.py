"""`tfk8s regions plan` as a command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from tfk8s.cli.main import root

REPOSITORY = Path(__file__).parents[3]
DESCRIPTION = re.compile(r"<desc.*?</desc>", re.DOTALL)
USERS = """\
latitude,longitude,rate,name
52.5,13.4,300,Berlin
40.7,-74.0,400,New York
35.7,139.7,200,Tokyo
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "users.csv").write_text(USERS)
    return tmp_path


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(
        root, ["regions", "plan", *(() if "--users" in args else ("--users", "users.csv")), *args], input=stdin
    )


def plan(*args: str) -> dict[str, Any]:
    result = run(*args, "-o", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def names(choice: dict[str, Any]) -> list[str]:
    return [region["name"] for region in choice["regions"]]


def test_the_cheapest_set_that_keeps_the_objective_is_the_best() -> None:
    found = plan("--objective", "p90=40ms", "--node-rate", "100", "--node-price", "0.2")

    assert names(found["best"]) == ["asia-northeast1", "europe-west10", "us-east4"]
    assert [region["nodes"] for region in found["best"]["regions"]] == [2, 3, 4]
    assert found["best"]["costHour"] == pytest.approx(9 * 0.2)
    assert found["best"]["milliseconds"]["p90"] <= 40
    assert found["sets"] == 43 + 43 * 42 // 2 + 43 * 42 * 41 // 6


def test_one_region_is_the_best_where_the_objective_lets_it() -> None:
    found = plan("--objective", "p90=400ms", "--node-price", "0.2", "--node-price", "us-central1=0.1")

    assert names(found["best"]) == ["us-central1"]


def test_prices_of_regions_alone_leave_the_others_out() -> None:
    found = plan("--node-price", "us-central1=0.1", "--node-price", "europe-west3=0.2")

    assert found["regions"] == ["europe-west3", "us-central1"]
    assert found["costUnit"] == "money"


PRICES = """\
apiVersion: prices.tfk8s.dev/v1
currency: EUR
date: "2026-11-01"
source: made up
anywhere: {clusterHour: 0.1}
regions:
  us-central1: {machines: {e2-standard-4: {hour: 0.5}}}
  europe-west3: {machines: {e2-standard-4: {hour: 0.75}}, clusterHour: 0.25}
  asia-east1: {machines: {e2-standard-8: {hour: 1}}}
"""


def test_a_price_file_says_what_nodes_and_clusters_cost_and_where_there_is_a_machine(folder: Path) -> None:
    (folder / "prices.yaml").write_text(PRICES)

    found = plan("--prices", "prices.yaml", "--machine", "e2-standard-4", "--node-rate", "100")

    assert found["regions"] == ["europe-west3", "us-central1"]
    both = found["choices"][-1]
    assert [region["nodes"] for region in both["regions"]] == [5, 4]  # Tokyo is nearer to Frankfurt
    assert both["costHour"] == pytest.approx(0.25 + 5 * 0.75 + 0.1 + 4 * 0.5)
    assert "prices in EUR of 2026-11-01: made up" in found["notes"]


def test_a_price_file_without_the_price_of_clusters_says_that_they_are_not_counted(folder: Path) -> None:
    (folder / "prices.yaml").write_text(PRICES.replace("anywhere: {clusterHour: 0.1}\n", ""))

    notes = plan("--prices", "prices.yaml", "--machine", "e2-standard-4")["notes"]

    assert any("the management of clusters is not in the cost" in note for note in notes)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--prices", "prices.yaml", "--machine", "e2-standard-5"], "no machine e2-standard-5 in any region"),
        (["--prices", "prices.yaml"], "--prices FILE and --machine TYPE go together"),
        (["--machine", "e2-standard-4"], "--prices FILE and --machine TYPE go together"),
        (["--prices", "prices.yaml", "--machine", "e2-standard-4", "--node-price", "1"], "leave out --node-price"),
        (["--prices", "users.csv", "--machine", "e2-standard-4"], "users.csv"),
    ],
)
def test_prices_that_do_not_go_together_are_refused(folder: Path, args: list[str], message: str) -> None:
    (folder / "prices.yaml").write_text(PRICES)

    result = run(*args)

    assert result.exit_code in (2, 3)
    assert message in result.stderr


def test_sets_that_are_asked_for_are_shown_beside_the_best() -> None:
    found = plan("--compare", "us-central1", "--compare", "europe-west3,us-east1", "--max-regions", "1")

    assert [names(one) for one in found["compared"]] == [["us-central1"], ["europe-west3", "us-east1"]]
    text = run("--compare", "europe-west3,us-east1", "--max-regions", "1").stdout
    assert "sets that were asked for:" in text
    assert "europe-west3 + us-east1" in text


def test_the_table_tells_the_model_and_its_error() -> None:
    text = run("--max-regions", "2", "--only", "europe-west3,us-central1,asia-east1").stdout

    assert text.startswith("users.csv: 3 places, 900 requests/s; 6 sets of up to 2 of 3 regions\n")
    assert "half are within 14% of it, nine in ten within 36% (docs/regions-plan.md)" in text
    assert "each region has 1 node whatever it gets: no --node-rate was given" in text
    assert "cost/h" not in text


def test_users_may_come_from_stdin() -> None:
    assert run("--users", "-", "--max-regions", "1", stdin=USERS).stdout.startswith("stdin: 3 places")


def test_an_objective_that_no_set_keeps_is_told_after_the_table_with_the_fastest() -> None:
    result = run("--objective", "p90=20ms", "--max-regions", "1")

    assert result.exit_code == 3
    assert "sets that no other beats" in result.stdout
    assert "no set of up to 1 regions keeps p90 of 20 ms: the fastest, " in result.stderr
    assert "--max-regions" in result.stderr


def test_the_picture_shows_the_best_set(folder: Path) -> None:
    assert run("--objective", "p90=40ms", "--picture", "map.svg").exit_code == 0
    assert run("--max-regions", "1", "--picture", "map.png").exit_code == 0

    svg = (folder / "map.svg").read_text()
    assert all(name in svg for name in ("asia-northeast1", "europe-west10", "us-east4", "users.csv"))
    with Image.open(folder / "map.png") as image:
        assert image.size[0] == 1296


def test_the_picture_of_the_page_shows_what_its_command_finds(folder: Path) -> None:
    page = (REPOSITORY / "docs/regions-plan.md").read_text()
    command = shlex.split(re.findall(r"^\$ tfk8s regions plan --users (.*)$", page, re.MULTILINE)[0])

    assert run("--users", str(REPOSITORY / command[0]), *command[1:]).exit_code == 0

    drawn, there = (folder / "map.svg").read_text(), (REPOSITORY / "docs/pictures/regions-plan.svg").read_text()
    assert DESCRIPTION.findall(drawn) == DESCRIPTION.findall(there), "run the page's command, and put its picture there"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--only", "europe-west99"], "no region is called 'europe-west99'"),
        (["--compare", "mars"], "no region is called 'mars'"),
        (["--node-price", "us-centra1=0.1"], "write 'us-central1'"),
        (["--node-price", "us-central1=0.1", "--compare", "us-east1"], "us-east1 is to be compared, but has no price"),
        (["--node-price", "us-central1=0.1", "--only", "us-east1"], "no region that may be chosen has a price"),
    ],
)
def test_a_region_that_is_not_known_or_has_no_price_is_named(args: list[str], message: str) -> None:
    result = run(*args)

    assert result.exit_code == 3
    assert message in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--node-price", "much"], "'much' is no price"),
        (["--node-price", "us-central1=nan"], "'us-central1=nan' is no price"),
        (["--node-price", "-1"], "'-1' is no price"),
        (["--node-price", "1", "--node-price", "2"], "all regions has two prices"),
        (["--objective", "p90=80ms,failed=1%"], "a plan knows no failures"),
        (["--objective", "fast"], "is no objective"),
        (["--node-rate", "0"], "0"),
        (["--max-regions", "9"], "9"),
    ],
)
def test_an_option_that_cannot_be_is_refused(args: list[str], message: str) -> None:
    result = run(*args)

    assert result.exit_code == 2
    assert message in result.stderr


def test_too_much_work_is_refused_before_it_is_begun() -> None:
    result = run("--max-regions", "8")

    assert result.exit_code == 3
    assert "sets of up to 8 of 43 regions, for 3 places, are too many" in result.stderr


def test_a_bad_line_is_named(folder: Path) -> None:
    (folder / "users.csv").write_text(USERS + "95,0,1,nowhere\n")

    result = run()

    assert result.exit_code == 3
    assert "users.csv:5: latitude '95' is no number from -90 to 90" in result.stderr


def test_a_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "users.csv").write_bytes(b"latitude\xff")

    assert "users.csv: is not UTF-8: byte 8" in run().stderr
