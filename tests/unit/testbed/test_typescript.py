from __future__ import annotations

import pytest

from tests.testbed.typescript import interface

TEXT = """\
import { IObjectMeta } from "@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta";
/** Not the one that is asked for. */
export interface IOther { "a": string; }
export interface ICheck {
    /**
     * A comment; with "quotes": and { brackets }.
     */
    "apiVersion": "example.org/v1";
    "metadata"?: IObjectMeta;
    "spec": {
        "mode"?: "ON" | "OFF";
        "ports": Array<number>;
        "named"?: {
            [key: string]: boolean;
        };
        "either"?: number | string;
        "rules"?: Array<{
            "name": string;
        }>;
        "nothing"?: {};
    };
}
export declare class Check extends Model<ICheck> implements ICheck {}
"""


def test_an_interface_becomes_a_structural_schema() -> None:
    assert interface(TEXT, "ICheck") == {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string", "enum": ["example.org/v1"]},
            "metadata": {"type": "object"},
            "spec": {
                "type": "object",
                "properties": {
                    "mode": {"type": "string", "enum": ["ON", "OFF"]},
                    "ports": {"type": "array", "items": {"type": "number"}},
                    "named": {"type": "object", "additionalProperties": {"type": "boolean"}},
                    "either": {"x-kubernetes-int-or-string": True},
                    "rules": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
                    },
                    "nothing": {"type": "object", "properties": {}},
                },
                "required": ["ports"],
            },
        },
        "required": ["apiVersion", "spec"],
    }


def test_an_interface_that_is_not_declared_is_named() -> None:
    with pytest.raises(ValueError, match="no interface IAbsent"):
        interface(TEXT, "IAbsent")


@pytest.mark.parametrize("kind", ["Record<string, string>", "boolean | number", "any"])
def test_what_the_generator_does_not_write_is_refused_instead_of_guessed(kind: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        interface(f'export interface IOdd {{\n    "a": {kind};\n}}\n', "IOdd")
