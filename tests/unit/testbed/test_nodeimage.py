from __future__ import annotations

from tests.testbed import nodeimage, systemimages, versions
from tests.testbed.gomodules import node_modules

KIND_SOURCE = """package nodeimage

const storageProvisionerImage = "example.org/provisioner:1"
const storageHelperImage = "example.org/helper:1"

const defaultStorageManifest = `
containers:
- image: ` + storageProvisionerImage + `
  command: [--helper-image, ` + storageHelperImage + `]
helper: |-
  image: ` + storageHelperImage + `
  imagePullPolicy: IfNotPresent
`
"""


def test_the_storage_manifest_names_our_images() -> None:
    assert nodeimage.storage_manifest(KIND_SOURCE) == (
        "containers:\n"
        f"- image: {versions.LOCAL_PATH_IMAGE}\n"
        f"  command: [--helper-image, {versions.BUSYBOX_IMAGE}]\n"
        "helper: |-\n"
        f"  image: {versions.BUSYBOX_IMAGE}\n"
        "  imagePullPolicy: IfNotPresent\n"
    )


def test_the_node_image_is_named_by_its_release_and_the_same_each_time() -> None:
    assert nodeimage.image_name() == nodeimage.image_name()
    assert nodeimage.image_name().startswith(f"tfk8s-testbed/node:v{versions.KUBERNETES_NODE}-")


def test_every_system_image_holds_a_program_that_is_built() -> None:
    built = {program.name for module in node_modules() for program in module.programs}

    assert {program for program, _, _ in systemimages.ONE_PROGRAM_IMAGES} <= built


def test_one_metrics_server_manifest_serves_both_ways() -> None:
    images = {program: image for program, image, _ in systemimages.ONE_PROGRAM_IMAGES}

    assert images["metrics-server"] == versions.METRICS_SERVER_IMAGE
