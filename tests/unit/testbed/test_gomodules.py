from __future__ import annotations

from dataclasses import replace

from tests.testbed import gomodules, versions
from tests.testbed.gomodules import Module, Program


def test_kubernetes_libraries_are_pinned_to_the_release() -> None:
    module = gomodules.kubernetes_module("1.37.2", commands=("kubectl",))

    text = gomodules.go_mod(module, staging=("k8s.io/api", "k8s.io/client-go"), godebug="godebug default=go1.26")

    assert "\tk8s.io/kubernetes v1.37.2\n" in text
    assert "\tk8s.io/client-go => k8s.io/client-go v0.37.2\n" in text
    assert "\ngodebug default=go1.26\n" in text


def test_a_module_without_kubernetes_replaces_nothing() -> None:
    module = Module(name="kind", requires=(("example.org/kind", "v1.0.0"),), programs=())

    assert "replace" not in gomodules.go_mod(module, staging=())


def test_programs_say_the_release_they_were_built_from() -> None:
    program = gomodules.kubernetes_module("1.34.4", commands=("kubelet",)).programs[0]

    assert "k8s.io/component-base/version.gitVersion=v1.34.4" in program.variables
    assert "k8s.io/component-base/version.gitMinor=34" in program.variables


def test_a_new_version_gets_a_new_folder() -> None:
    def addon(version: str) -> Module:
        return Module(
            name="addon", requires=(("example.org/a", version),), programs=(Program(name="a", package="example.org/a"),)
        )

    assert gomodules.folder_name(addon("v1.0.0")) == gomodules.folder_name(addon("v1.0.0"))
    assert gomodules.folder_name(addon("v1.0.0")) != gomodules.folder_name(addon("v1.0.1"))


def test_every_supported_release_gets_an_api_server_and_its_controllers() -> None:
    built = {
        (module.kubernetes, program.name)
        for module in gomodules.control_plane_modules()
        for program in module.programs
        if module.name == "kubernetes"
    }

    for release in versions.CONTROL_PLANES:
        assert {(release, "kube-apiserver"), (release, "kube-controller-manager")} <= built


def test_what_both_sets_need_is_built_once() -> None:
    def etcd(modules: tuple[Module, ...]) -> set[str]:
        return {gomodules.folder_name(module) for module in modules for p in module.programs if p.name == "etcd"}

    assert etcd(gomodules.control_plane_modules()) == etcd(gomodules.node_modules())


def test_the_registry_and_crane_are_built_from_their_own_modules() -> None:
    packages = {
        program.name: (module.requires[0][1], program.package)
        for module in gomodules.registry_modules()
        for program in module.programs
    }

    assert packages == {
        "registry": (f"v{versions.REGISTRY}", "github.com/distribution/distribution/v3/cmd/registry"),
        "crane": (f"v{versions.CRANE}", "github.com/google/go-containerregistry/cmd/crane"),
    }


def test_cosign_is_built_from_its_own_module() -> None:
    (module,) = gomodules.signing_modules()

    assert module.requires == (("github.com/sigstore/cosign/v3", f"v{versions.COSIGN}"),)
    assert [program.package for program in module.programs] == ["github.com/sigstore/cosign/v3/cmd/cosign"]


def test_what_a_module_replaces_and_leaves_out_is_part_of_its_folders_name() -> None:
    plain = Module(name="keda", requires=(("example.org/keda", "v2.0.0"),), programs=())
    replaced = replace(plain, replaces=(("example.org/a", "v1.0.1"),))
    tagged = replace(plain, tags=("small",))

    assert len({gomodules.folder_name(module) for module in (plain, replaced, tagged)}) == 3


def test_a_replaced_library_comes_in_its_own_version() -> None:
    module = Module(
        name="keda",
        requires=(("example.org/keda", "v2.0.0"),),
        programs=(),
        replaces=(("example.org/a", "v1.0.1"),),
    )

    assert "replace (\n\texample.org/a => example.org/a v1.0.1\n)\n" in gomodules.go_mod(module, staging=())
