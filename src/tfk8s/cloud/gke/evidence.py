"""What Google says when a call or an operation fails, as values: `google.rpc.Status` and its details.

Sources: https://google.aip.dev/193, google/rpc/error_details.proto, google/api/error_reason.proto.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfk8s.cloud.gke.wording import Shortage, shortages

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError
    from google.cloud.container_v1 import Operation, StatusCondition
    from google.protobuf.any_pb2 import Any as AnyMessage
    from google.rpc.status_pb2 import Status

NO_CODE = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One failure.

    Attributes:
        code: name of the canonical code (`google.rpc.Code`).
        message: for people, as Google words it.
        reason: of the ErrorInfo, or "".
        metadata: of the ErrorInfo.
        quotas: which quota is short, from the QuotaFailure; from the message where Google sends no more than that.
        fields: field and complaint of each violation of the BadRequest.
        blockers: types of the violations of the PreconditionFailure.
        links: addresses of the Help.
        conditions: code and message of each condition of the cluster or node pool.
    """

    code: str
    message: str
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    quotas: tuple[Shortage, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    blockers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()

    def lines(self) -> tuple[str, ...]:
        """All that Google says beside the code: the details of an error."""
        known = [f"{key}: {self.metadata[key]}" for key in sorted(self.metadata)]
        return tuple(filter(None, [self.message, *known, *self.links]))


def of_call(error: GoogleAPICallError) -> Evidence:
    """The evidence of a call that was refused or not answered."""
    status = error.grpc_status_code
    return _evidence(status.name if status is not None else NO_CODE, str(error.message), details=error.details)


def of_operation(operation: Operation) -> Evidence | None:
    """The evidence of an operation that is over; None when it succeeded.

    Success is the absence of `error`; older servers fill the deprecated `status_message` and conditions alone.
    """
    conditions = condition_lines([*operation.cluster_conditions, *operation.nodepool_conditions])
    message = operation.error.message or operation.status_message or "; ".join(text for _, text in conditions)
    if not operation.error.code and not message:
        return None
    known = _evidence(_code_name(operation.error), message, details=_unpacked(operation.error.details))
    quotas = known.quotas or shortages("\n".join(text for _, text in conditions))
    return Evidence(
        code=known.code,
        message=known.message,
        reason=known.reason,
        metadata=known.metadata,
        quotas=quotas,
        fields=known.fields,
        blockers=known.blockers,
        links=known.links,
        conditions=conditions,
    )


def of_status(status: Status) -> Evidence:
    """The evidence in a plain status, as operations of `google.longrunning` carry it."""
    return _evidence(_code_name(status), status.message, details=_unpacked(status.details))


def condition_lines(conditions: Iterable[StatusCondition]) -> tuple[tuple[str, str], ...]:
    """Code and message of each condition: the deprecated code says more than the canonical one."""
    from google.rpc.code_pb2 import Code

    found = []
    for condition in conditions:
        canonical = Code.Name(condition.canonical_code) if condition.canonical_code else NO_CODE
        found.append((condition.code.name if condition.code.name != NO_CODE else canonical, condition.message))
    return tuple(found)


def _evidence(code: str, message: str, *, details: Iterable[object]) -> Evidence:
    from google.rpc import error_details_pb2 as rich

    reason, metadata = "", dict[str, str]()
    quotas: list[Shortage] = []
    fields: list[tuple[str, str]] = []
    blockers: list[str] = []
    links: list[str] = []
    for detail in details:
        if isinstance(detail, rich.ErrorInfo):
            reason, metadata = detail.reason, dict(detail.metadata)
        elif isinstance(detail, rich.QuotaFailure):
            quotas += [_shortage(violation) for violation in detail.violations]
        elif isinstance(detail, rich.BadRequest):
            fields += [(violation.field, violation.description) for violation in detail.field_violations]
        elif isinstance(detail, rich.PreconditionFailure):
            blockers += [violation.type for violation in detail.violations]
        elif isinstance(detail, rich.Help):
            links += [link.url for link in detail.links if link.url]
    return Evidence(
        code=code,
        message=message,
        reason=reason,
        metadata=metadata,
        quotas=tuple(quotas) or _told_short(metadata) or shortages(message),
        fields=tuple(fields),
        blockers=tuple(blockers),
        links=tuple(links),
    )


def _shortage(violation: object) -> Shortage:
    from google.rpc.error_details_pb2 import QuotaFailure

    assert isinstance(violation, QuotaFailure.Violation)  # noqa: S101 - the element type of the list
    name = violation.quota_id or violation.quota_metric or violation.subject
    said = shortages(violation.description)
    known = said[0] if said else Shortage(quota=name)
    limit = str(violation.quota_value) if violation.quota_value else known.limit
    return Shortage(quota=name, asked=known.asked, limit=limit, available=known.available, short=known.short)


def _told_short(metadata: Mapping[str, str]) -> tuple[Shortage, ...]:
    """What the ErrorInfo of RESOURCE_QUOTA_EXCEEDED says (google/api/error_reason.proto)."""
    name = metadata.get("quota_limit") or metadata.get("quota_metric")
    return (Shortage(quota=name, limit=metadata.get("quota_limit_value", "")),) if name else ()


def _code_name(status: Status) -> str:
    from google.rpc.code_pb2 import Code

    is_known = status.code in Code.values() and status.code != Code.OK  # nobody set it, or somebody of tomorrow did
    return Code.Name(Code.ValueType(status.code)) if is_known else NO_CODE


def _unpacked(details: Iterable[AnyMessage]) -> list[object]:
    from google.rpc import error_details_pb2 as rich

    found: list[object] = []
    for packed in details:
        for kind in (rich.ErrorInfo, rich.QuotaFailure, rich.BadRequest, rich.PreconditionFailure, rich.Help):
            message = kind()
            if packed.TypeName() == kind.DESCRIPTOR.full_name and packed.Unpack(message):
                found.append(message)
    return found
