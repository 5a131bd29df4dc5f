"""The spec's own patterns as JSON Schema: a spec checks texts in Python, a chart can only match them."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from tfk8s.names import image as names
from tfk8s.names.model import MODEL_NAME
from tfk8s.spec import (
    ServiceSpec,
    auth,
    existing,
    expose,
    fields,
    model,
    promql,
    scaling_source,
    server_metrics,
    workload,
)
from tfk8s.spec.names import MAX_LABEL, MAX_NAME


def _matching(pattern: str, **more: Any) -> JsonSchemaValue:
    """In `allOf`: pydantic would take the `pattern` of a map's key for one of several kinds of keys."""
    plain = re.sub(r"\(\?(?::|P<[a-z]+>)", "(", pattern).replace(r"\Z", "")
    return {"allOf": [{"pattern": f"^({plain})$" if "|" in plain else f"^{plain}$"}], **more}


_NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_ELSEWHERE = {"not": {"pattern": f"^{model.SCHEME}"}}
_SOURCES = [_matching(found) for found in (model.BUCKET_PATH, model.CLAIM_PATH, "image:///.*")]

_PINNED = {
    "anyOf": [{"pattern": f"@{names.DIGEST}$"}, {"pattern": ":[^/@]+$", "not": {"pattern": ":(latest|nightly)$"}}]
}
"""A base image names a release."""

CONSTRAINTS: dict[str, JsonSchemaValue] = {
    "fields._service_name": _matching(_NAME, maxLength=MAX_NAME),
    "fields._dns_label": _matching(_NAME, maxLength=MAX_LABEL),
    "fields._subdomain": _matching(fields.SUBDOMAIN, maxLength=253),
    "fields._qualified_key": _matching(fields.QUALIFIED),
    "fields._free_key": _matching(fields.QUALIFIED)
    | {"not": {"pattern": "|".join(f"^{re.escape(prefix)}" for prefix in fields.OWNED_PREFIXES)}},
    "fields._label_value": _matching(fields.LABEL_VALUE),
    "fields._env_name": _matching(fields.ENV_NAME) | {"not": {"enum": sorted(fields.OWNED_VARIABLES)}},
    "auth._header": _matching(auth.HEADER) | {"not": {"enum": sorted(auth.TAKEN_HEADERS)}},
    "auth._issuer": _matching(auth.ISSUER),
    "auth._jwks_uri": _matching(auth.JWKS_URI),
    "auth._client_id": _matching(auth.CLIENT_ID),
    "expose._host": _matching(expose.HOST, maxLength=253),
    "expose._cloud_name": _matching(expose.CLOUD_NAME),
    "existing._port_name": _matching(f"({existing.PORT_NAME})?"),
    "image._base": _matching(names.REFERENCE.pattern) | _PINNED,
    "image._repository": _matching(names.REPOSITORY),
    "image._digest": _matching(names.DIGEST),
    "model._model_name": _matching(MODEL_NAME.pattern),
    "model._source": {"anyOf": [*_SOURCES, _ELSEWHERE]},
    "model._label": _matching(model.LABEL),
    "promql._query": _matching(r"(.|\n)*[^ \n](.|\n)*", maxLength=promql.LONGEST),
    "scaling_source._server": _matching(scaling_source.SERVER_URL),
    "scaling_source._project": _matching(scaling_source.PROJECT),
    "scaling_source._cron": _matching(r" *[^ ]+( +[^ ]+){4} *"),
    "scaling_source._timezone": _matching(scaling_source.TIMEZONE),
    "server_metrics._metric_name": _matching(server_metrics.METRIC_NAME, maxLength=server_metrics.MAX_EXTERNAL_NAME),
    "peer._cidr": _matching(r"[0-9A-Fa-f.:]+(/[0-9]{1,3})?"),
    "workload._google_account": _matching(f"none|{workload.GOOGLE_ACCOUNT}"),
}
"""By the function of `tfk8s.spec` that checks the text."""


class WithPatterns(GenerateJsonSchema):
    """Makes the schema of a spec with them; `found` are the functions that it met."""

    found: ClassVar[set[str]] = set()

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        """A checked text is one that matches."""
        checked = schema["function"]["function"]
        module, name = getattr(checked, "__module__", ""), getattr(checked, "__qualname__", "")
        place = f"{module}.{name}".removeprefix("tfk8s.spec.")
        if module.startswith("tfk8s.spec."):
            self.found.add(place)
        return {**super().function_after_schema(schema), **CONSTRAINTS.get(place, {})}


def checks_of_a_spec() -> set[str]:
    """Every function that checks a text of a spec, as `CONSTRAINTS` names them."""
    ServiceSpec.model_json_schema(schema_generator=WithPatterns)
    return set(WithPatterns.found)
