from __future__ import annotations

import pytest

from tests.testbed.compiled import add_limits
from tests.testbed.typescript import Schema

# The generator's form: one function a subschema, errors as values, properties and items by calls.
TEXT = (
    '"use strict";let x=require("y"),validate=function validate1(data,{}={}){'
    'void 0===data.port||validate2(data.port,{instancePath:instancePath+"/port"})||(errors++),'
    'void 0===data.names||validate3(data.names,{instancePath:instancePath+"/names"})||(errors++)},pattern0=RegExp("a");'
    'function validate2(data,{}={}){let err0={keyword:"type",params:{type:"integer"}};'
    'let err1={keyword:"maximum",params:{comparison:"<=",limit:65535}};'
    'let err2={keyword:"minimum",params:{comparison:">=",limit:1}};let err3={keyword:"format",params:{format:"int64"}}}'
    'function validate3(data,{}={}){let err0={keyword:"maxItems",params:{limit:1e2}};'
    "for(let i0=0;i0<len0;i0++)validate4(data[i0],{parentData:data})}"
    'function validate4(data,{}={}){let err0={keyword:"maxLength",params:{limit:63}};'
    'let err1={keyword:"pattern",params:{pattern:"^[a-z\\\\.]+$"}}}'
)
NAMES: Schema = {"type": "array", "items": {"type": "string"}}
FIELDS: Schema = {"port": {"type": "number"}, "names": NAMES}
DECLARED: Schema = {"type": "object", "properties": FIELDS}
OTHER: Schema = {"type": "object", "properties": {"other": {"type": "string"}}}


def test_limits_are_added_where_the_types_have_the_field() -> None:
    assert add_limits(DECLARED, TEXT) == {
        "type": "object",
        "properties": {
            "port": {"type": "integer", "minimum": 1, "maximum": 65535, "format": "int64"},
            "names": {
                "type": "array",
                "maxItems": 100,
                "items": {"type": "string", "maxLength": 63, "pattern": r"^[a-z\.]+$"},
            },
        },
    }


def test_types_and_validator_of_different_fields_are_refused() -> None:
    with pytest.raises(ValueError, match=r"declared \['other'\], compiled \['names', 'port'\]"):
        add_limits(OTHER, TEXT)
