from __future__ import annotations

import json
import re
from pathlib import Path
from string import Template

import pytest

from tests.testbed import versions
from tests.testbed.install import ADDRESSES_LABEL, address_range, definitions
from tests.testbed.part import Part
from tests.testbed.parts import PARTS
from tests.testbed.progress import SetupError

NAMES = {name: str(value) for name, value in vars(versions).items() if name.isupper()}
VALUES = {**NAMES, "ADDRESSES": "172.30.255.209-172.30.255.249", "RECIPE": "0"}


def manifest(part: Part) -> str:
    return Template(part.manifest.read_text()).substitute(VALUES)


def test_services_get_the_last_addresses_of_the_nodes_network() -> None:
    assert address_range("172.30.0.0/16") == "172.30.255.209-172.30.255.249"
    assert address_range("10.1.2.0/24") == "10.1.2.209-10.1.2.249"


def test_a_network_that_is_too_small_is_refused() -> None:
    with pytest.raises(SetupError, match=r"10\.1\.2\.0/26 is too small"):
        address_range("10.1.2.0/26")


@pytest.mark.parametrize("part", PARTS.values(), ids=lambda part: part.name)
def test_a_manifest_asks_for_the_parts_images_and_no_other(part: Part) -> None:
    asked = set(re.findall(r'image: "?([^"\s}]+)', manifest(part)))

    assert asked == {image.name for image in part.images}


@pytest.mark.parametrize("part", PARTS.values(), ids=lambda part: part.name)
def test_a_pod_never_waits_for_a_registry(part: Part) -> None:
    text = manifest(part)

    assert text.count("imagePullPolicy: IfNotPresent") == len(
        re.findall(r"^\s+(?:- )?image: [a-z]", text, re.MULTILINE)
    )


@pytest.mark.parametrize("part", PARTS.values(), ids=lambda part: part.name)
def test_a_changed_recipe_starts_every_workload_anew(part: Part) -> None:
    text = part.manifest.read_text()

    assert text.count("annotations: {testbed.tfk8s.dev/recipe: '${RECIPE}'}") == len(part.workloads)


def test_only_namespaces_that_ask_get_addresses() -> None:
    text = manifest(PARTS["load-balancer"])

    assert f"matchLabels: {{{ADDRESSES_LABEL}: given}}" in text


def test_policies_beside_definitions_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "kind.yaml").write_text(json.dumps({"kind": "x"}) + "\nkind: CustomResourceDefinition\n")
    (tmp_path / "policy.yaml").write_text("kind: ValidatingAdmissionPolicy\n")

    assert definitions(tmp_path) == (tmp_path / "kind.yaml",)
    assert definitions(tmp_path / "kind.yaml") == (tmp_path / "kind.yaml",)
