"""`tfk8s cost` as a command: hours without prices, money with them, and what nobody may leave out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.load.benches import a_bench, a_step
from tfk8s.cli.main import root
from tfk8s.load import Bench, Knee, ServerSide
from tfk8s.load import to_json as bench_json

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
EXAMPLE, FORM = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's spec and prices, and the example's prices where the page says."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "examples" / "prices"
    place.mkdir(parents=True)
    (place / "gke.yaml").write_text((ROOT / "examples" / "prices" / "gke.yaml").read_text())
    (tmp_path / "tfk8s.yaml").write_text(EXAMPLE)
    (tmp_path / "prices.yaml").write_text(FORM)
    return tmp_path


def run(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(root, ["cost", *arguments])
    assert result.exit_code == exit_code, result.output
    return result


def answer(*arguments: str) -> dict[str, Any]:
    found = json.loads(run(*arguments, "-o", "json").stdout)
    assert isinstance(found, dict)
    return found


def columns(*arguments: str) -> dict[str, dict[str, Any]]:
    (cluster,) = answer(*arguments)["clusters"]
    return {column["name"]: column for column in cluster["columns"]}


def test_the_example_of_the_page_is_what_is_printed() -> None:
    ((command, printed),) = re.findall(r"```console\n\$ tfk8s cost (--prices examples.*?)\n(.*?)```", PAGE, re.DOTALL)

    assert run(*command.split()).stdout == printed


def test_the_sums_of_the_page_are_right() -> None:
    machine, disk, cluster = Decimal("0.13402284"), Decimal("0.1") / 730, Decimal("0.1")

    def month(nodes: int) -> str:
        return f"{(nodes * (machine + 100 * disk) + cluster) * 730:,.2f}"

    assert f"{3 * machine:.4f} an hour" in PAGE
    assert f"a month of 730 h (USD)                {month(3)}" in PAGE
    assert [month(nodes) for nodes in (3, 6, 9)] == ["396.51", "720.02", "1,043.53"]
    pods, nodes, money = re.findall(r"(?:pod-hours|node-hours|in all \(USD\)) .* ([0-9.]+)$", PAGE, re.MULTILINE)
    assert f"{float(pods):.2f} pod-hours and\n{float(nodes):.2f} node-hours" in PAGE
    hours = Decimal(24) + Decimal(15) / 3600
    assert Decimal(money) == round(Decimal(nodes) * (machine + 100 * disk) + hours * cluster, 4)


def test_every_key_of_a_price_file_is_on_the_page() -> None:
    from tfk8s.spec.prices import PriceList
    from tfk8s.spec.schema import schema_of

    schema = schema_of(PriceList)
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part.get("properties", {})}

    assert [key for key in sorted(keys) if f"{key}:" not in FORM] == []


def test_without_prices_there_are_hours_and_a_word_about_prices() -> None:
    result = run()

    assert re.search(r"pod-hours +2 +6 +6\nnode-hours +3 +6 +9\n", result.stdout)
    assert "no prices: --prices FILE tells what that costs" in result.stdout
    assert "USD" not in result.stdout


def test_json_says_no_money_without_prices() -> None:
    found = answer()

    assert found["currency"] is None
    assert found["month"] == {"min": None, "max": None}
    for column in found["clusters"][0]["columns"]:
        assert (column["money"], column["known"], column["month"]) == (None, None, None)


def test_what_has_no_price_is_named_and_no_sum_is_made_of_the_rest(folder: Path) -> None:
    (folder / "tfk8s.yaml").write_text(EXAMPLE.replace("  privateNodes: true", "  privateNodes: false"))
    arguments = ("--prices", "examples/prices/gke.yaml")

    text, found = run(*arguments).stdout, answer(*arguments)

    assert "no price: regions.us-central1.addressHour\n" in text
    assert re.search(r"addresses of default-pool +3 x \? +6 x \? +9 x \?\n", text)
    assert re.search(r"in all \(USD\) +0.5432 and more +0.9863 and more", text)
    assert found["missing"] == ["regions.us-central1.addressHour"]
    assert found["clusters"][0]["columns"][0]["money"] is None
    assert found["clusters"][0]["columns"][0]["known"] == pytest.approx(0.543164, abs=1e-6)
    assert found["month"] == {"min": None, "max": None}


def test_a_machine_that_has_no_price_proposes_the_one_that_is_like_it(folder: Path) -> None:
    (folder / "prices.yaml").write_text(FORM.replace("e2-standard-4:", "e2-standart-4:"))

    text = run("--prices", "prices.yaml").stdout

    assert "no price: regions.us-central1.machines.e2-standard-4.hour (did you mean e2-standart-4?)" in text


def test_pods_are_billed_by_their_requests_where_the_spec_describes_no_cluster(folder: Path) -> None:
    (folder / "tfk8s.yaml").write_text(EXAMPLE.partition("cluster:")[0])
    prices = FORM.replace("regions:", "  pods: {cpuHour: 0.04, memoryGibHour: 0.005}\nregions:")
    (folder / "prices.yaml").write_text(prices)

    found = columns("--prices", "prices.yaml")

    assert found["min"]["nodeHours"] is None
    assert found["min"]["money"] == pytest.approx(2 * (2 * 0.04 + 4 * 0.005))
    assert found["max"]["money"] == pytest.approx(6 * (2 * 0.04 + 4 * 0.005))


def test_autopilot_bills_pods_and_the_cluster(folder: Path) -> None:
    cluster = "cluster: {provider: gke, project: my-project, location: us-central1, name: serving, autopilot: true}\n"
    (folder / "tfk8s.yaml").write_text(EXAMPLE.partition("cluster:")[0] + cluster)

    found = columns("--prices", "prices.yaml")

    assert found["min"]["money"] == pytest.approx(2 * (2 * 0.045 + 4 * 0.005) + 0.1)


def test_services_of_one_cluster_share_its_nodes(folder: Path) -> None:
    small = EXAMPLE.replace("cpu: 2,", "cpu: 1500m,").replace("{min: 2, max: 6, metrics: [{cpu: 60}]}", "{replicas: 3}")
    (folder / "tfk8s.yaml").write_text(small.replace("name: resnet\n", "name: one\n", 1))
    (folder / "other.yaml").write_text(small.replace("name: resnet\n", "name: other\n", 1))

    together = columns("-f", "tfk8s.yaml", "-f", "other.yaml")
    alone = columns("-f", "tfk8s.yaml")

    assert together["always"]["podHours"] == 6
    assert (alone["always"]["nodeHours"], together["always"]["nodeHours"]) == (3, 3)


def test_services_of_one_name_are_told_apart_by_their_namespace(folder: Path) -> None:
    bare = EXAMPLE.partition("cluster:")[0]
    (folder / "tfk8s.yaml").write_text(bare)
    (folder / "other.yaml").write_text(
        bare.replace("namespace: serving", "namespace: trial").replace("min: 2", "min: 1")
    )

    text = run("-f", "tfk8s.yaml", "-f", "other.yaml", "--prices", "prices.yaml").stdout

    assert re.search(r"cores of serving/resnet +4 x \? +12 x \?\n", text)
    assert re.search(r"cores of trial/resnet +2 x \? +12 x \?\n", text)


def test_clusters_are_told_apart_and_summed_up(folder: Path) -> None:
    (folder / "europe.yaml").write_text(
        EXAMPLE.replace("us-central1", "europe-west1").replace("name: resnet", "name: r")
    )
    arguments = ("-f", "tfk8s.yaml", "-f", "europe.yaml", "--prices", "examples/prices/gke.yaml")

    found, text = answer(*arguments), run(*arguments).stdout

    assert [cluster["region"] for cluster in found["clusters"]] == ["us-central1", "europe-west1"]
    months = [[column["month"] for column in cluster["columns"][:2]] for cluster in found["clusters"]]
    assert found["month"]["min"] == pytest.approx(sum(pair[0] for pair in months))
    assert found["month"]["max"] == pytest.approx(sum(pair[1] for pair in months))
    assert "all clusters: 822.38 to 1,498.77 USD a month of 730 h\n" in text


def test_one_cluster_in_two_descriptions_is_refused(folder: Path) -> None:
    (folder / "other.yaml").write_text(
        EXAMPLE.replace("e2-standard-4", "e2-standard-8").replace("name: resnet", "name: r")
    )

    result = run("-f", "tfk8s.yaml", "-f", "other.yaml", exit_code=3)

    assert "the specs describe the cluster serving in us-central1 in different ways" in result.output


def test_pods_without_room_are_told(folder: Path) -> None:
    (folder / "tfk8s.yaml").write_text(EXAMPLE.replace("max: 6", "max: 12"))

    assert "max: 3 of 12 pods have no room on the described nodes" in run().stdout


def measured() -> Bench:
    low, high = a_step(40, server=ServerSide(cpu_cores=1.6)), a_step(60, p99_s=0.5)
    made = a_bench(low, high, knee=Knee(rps_per_pod=40.0, at=low, beyond=high))
    return replace(made, cpu_request_cores=2.0)


def test_a_measurement_tells_what_a_thousand_predictions_cost(folder: Path) -> None:
    (folder / "bench.json").write_text(json.dumps(bench_json(measured())))

    found = columns("--prices", "examples/prices/gke.yaml", "--bench", "bench.json")

    at_most, at_target = found["max"]["predictions"]
    assert at_most["name"] == "predictions at 40/s a pod (p99 within 200 ms)"
    assert at_most["moneyOfThousand"] == pytest.approx(found["max"]["money"] / (6 * 40 * 3600) * 1000)
    assert at_target["name"] == "predictions at 30/s a pod (the target of the autoscaler)"  # 40 x 60 % / (1.6 / 2)
    assert at_target["moneyOfThousand"] == pytest.approx(found["max"]["money"] / (6 * 30 * 3600) * 1000)
    assert found["min"]["predictions"][0]["count"] == 2 * 40 * 3600


def test_a_trace_costs_what_the_simulation_took_and_each_answer_its_part() -> None:
    traffic = ("--generate", "step:20,150,2h", "--pod-rate", "40")
    simulated = json.loads(CliRunner().invoke(root, ["autoscale", "simulate", *traffic, "-o", "json"]).stdout)
    (policy,) = simulated["policies"]

    column = columns("--prices", "examples/prices/gke.yaml", *traffic)["step:20,150,2h"]

    assert column["podHours"] == pytest.approx(policy["podHours"])
    assert column["nodeHours"] == pytest.approx(policy["nodeHours"])
    answered = policy["requests"] * (1 - policy["droppedShare"])
    (predictions,) = column["predictions"]
    assert predictions["moneyOfThousand"] == pytest.approx(column["money"] / answered * 1000)
    assert column["month"] == pytest.approx(column["money"] / column["hours"] * 730)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--context", "x"), "--context and --kubeconfig have no effect without --live"),
        (("--pod-rate", "4"), "--pod-rate has no effect without --trace or --generate"),
        (("--objective", "p99=1s"), "--objective has no effect without --bench"),
        (("--generate", "steady:1,2,1h"), "give --pod-rate, or --bench FILE"),
    ],
)
def test_an_option_that_would_say_nothing_is_refused(arguments: tuple[str, ...], message: str) -> None:
    assert message in run(*arguments, exit_code=2).output


def test_a_price_file_that_is_wrong_says_where(folder: Path) -> None:
    (folder / "prices.yaml").write_text(FORM.replace("hour: 0.134", 'hour: "0.134"'))

    result = run("--prices", "prices.yaml", exit_code=3)

    assert (
        'regions.us-central1.machines.e2-standard-4.hour: must be a number such as 0.134, not "0.134"' in result.output
    )


def test_help_has_an_example() -> None:
    assert "tfk8s cost --prices prices.yaml --live" in run("--help").output


def test_simulate_takes_the_price_of_a_node_from_the_same_file() -> None:
    traffic = ("--generate", "step:20,150,2h", "--pod-rate", "40", "--prices", "examples/prices/gke.yaml", "-o", "json")
    result = CliRunner().invoke(root, ["autoscale", "simulate", *traffic])
    assert result.exit_code == 0, result.output
    (policy,) = json.loads(result.stdout)["policies"]

    lines = columns(*traffic[:-2])["step:20,150,2h"]["lines"]

    of_nodes = sum(line["money"] for line in lines if line["unit"] in ("node", "GB"))
    assert policy["cost"] == pytest.approx(of_nodes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--node-price", "1"), "leave out --pod-price and --node-price"),
        (("--hpa", "hpa.yaml"), "--prices needs the nodes of one spec in a file"),
    ],
)
def test_simulate_has_one_source_of_prices(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    (folder / "hpa.yaml").write_text(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {maxReplicas: 3}\n"
    )
    traffic = ("--generate", "steady:1,2,1h", "--pod-rate", "40", "--prices", "prices.yaml")

    result = CliRunner().invoke(root, ["autoscale", "simulate", *traffic, *arguments])

    assert result.exit_code == 2
    assert message in result.output


def test_recommend_takes_the_price_of_a_node_from_the_same_file(folder: Path) -> None:
    (folder / "bench.json").write_text(json.dumps(bench_json(measured())))
    arguments = ["bench.json", "--generate", "day:20,100,30m", "--offline", "--prices", "examples/prices/gke.yaml"]

    result = CliRunner().invoke(root, ["autoscale", "recommend", *arguments, "-o", "json"])

    assert result.exit_code == 0, result.output
    simulated = json.loads(result.stdout)["simulated"]
    assert simulated["cost"] == pytest.approx(simulated["nodeHours"] * (0.13402284 + 10 / 730))
    assert simulated["nodeHours"] >= simulated["podHours"] - 1  # one pod on a node, but for what starts and ends


def test_nothing_in_a_file_of_prices_controls_the_terminal(folder: Path) -> None:
    (folder / "prices.yaml").write_text(
        FORM.replace("source: https://example.com/our-prices", 'source: "a\\e[31mb\\nc"')
    )

    assert "from a\\x1b[31mb c\n" in run("--prices", "prices.yaml").stdout


REGIONS = """\
regions:
  us-central1: {cluster: {location: us-central1}}
  europe-west1: {context: eu, scaling: {min: 1, max: 3}}
"""


def test_each_region_has_its_table_and_its_prices(folder: Path) -> None:
    (folder / "tfk8s.yaml").write_text(EXAMPLE + REGIONS)
    own = "  europe-west1: {pods: {cpuHour: 0.05, memoryGibHour: 0.01}}\n"
    gke = (folder / "examples" / "prices" / "gke.yaml").read_text()
    (folder / "prices.yaml").write_text(gke.partition("  europe-west1:")[0] + own)

    found = answer("--prices", "prices.yaml")

    assert [cluster["name"] for cluster in found["clusters"]] == [
        "cluster serving-us-central1 in us-central1",
        "a cluster in europe-west1 that is there already",
    ]
    here, there = ([column["month"] for column in cluster["columns"][:2]] for cluster in found["clusters"])
    assert here == pytest.approx([396.51, 720.02], abs=0.01)
    assert there == pytest.approx([730 * pods * (2 * 0.05 + 4 * 0.01) for pods in (1, 3)])
    assert found["month"] == {"min": pytest.approx(here[0] + there[0]), "max": pytest.approx(here[1] + there[1])}


def test_one_region_is_asked_for_by_its_name(folder: Path) -> None:
    (folder / "tfk8s.yaml").write_text(EXAMPLE + REGIONS)

    (cluster,) = answer("--region", "us-central1")["clusters"]
    refused = run("--generate", "steady:1,2,1h", "--pod-rate", "4", exit_code=2)

    assert cluster["name"] == "cluster serving-us-central1 in us-central1"
    assert "are of one service in one region: name it with -f and --region" in refused.output
