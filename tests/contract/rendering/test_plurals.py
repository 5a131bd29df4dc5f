"""Roles call kinds by the plurals that API servers call them by."""

from __future__ import annotations

import pytest

from tests.testbed.fixtures import Cluster
from tfk8s.cluster import connect
from tfk8s.manifest import ObjectRef
from tfk8s.render.kinds import made_kinds
from tfk8s.rights import Right, resource_of, rights_on

pytestmark = pytest.mark.control_plane


def test_the_plural_of_every_kind_that_is_ever_rendered_is_the_servers(control_plane_with_kinds: Cluster) -> None:
    listed = control_plane_with_kinds.kubectl("api-resources", "--no-headers").splitlines()
    columns = [line.split() for line in listed]
    plurals = {(row[-3], row[-1]): row[0] for row in columns}

    told = {
        kind: resource_of(ObjectRef(api_version=kind[0], kind=kind[1], namespace="", name="a")) for kind in made_kinds()
    }

    assert len(told) > 20
    assert told == {kind: plurals[kind] for kind in told}


def test_an_administrator_has_the_rights_on_all_of_them_and_nobody_else_does(control_plane_with_kinds: Cluster) -> None:
    refs = [ObjectRef(api_version=api, kind=kind, namespace="default", name="a") for api, kind in made_kinds()]
    rights: tuple[Right, ...] = rights_on(refs, "get", "list", "patch", "create", "delete")
    assert control_plane_with_kinds.nobody_kubeconfig is not None

    admin = connect(kubeconfig=control_plane_with_kinds.kubeconfig).lacking(rights)
    nobody = connect(kubeconfig=control_plane_with_kinds.nobody_kubeconfig).lacking(rights)

    assert admin == ()
    assert set(nobody) == set(rights)
