"""What the contract says of a request's headers and body, and how a refusal looks (RFC 9457)."""

import re
import secrets
import unicodedata
import zoneinfo
from typing import Annotated, Literal
from uuid import UUID

import orjson
import uuid_utils.compat
from fastapi import Header, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

UUID_PATTERN = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
TRACEPARENT = re.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
TIME_ZONES = zoneinfo.available_timezones()
KEYWORDS = {"missing": "required", "extra_forbidden": "additionalProperties", "string_too_short": "minLength",
            "string_too_long": "maxLength", "string_pattern_mismatch": "pattern", "too_long": "maxItems"}

UuidText = Annotated[str, Field(pattern=UUID_PATTERN), AfterValidator(UUID)]
TenantPath = Annotated[UuidText, Path(alias="tenantId")]
SchoolPath = Annotated[UuidText, Path(alias="schoolId")]
TenantHeader = Annotated[UuidText, Header(alias="X-Tenant-Id")]
CausationHeader = Annotated[UuidText | None, Header(alias="X-Causation-Id")]
KeyHeader = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern="^[!-~]+$")]


def name_of(text: str) -> str:
    text = unicodedata.normalize("NFC", text.strip())
    if not text or CONTROL.search(text):
        raise PydanticCustomError("pattern", "must have a visible character and no control characters")
    if len(text) > 200:
        raise PydanticCustomError("maxLength", "must be at most 200 characters after normalisation")
    return text


def unique(items: list[str]) -> list[str]:
    if len(set(items)) != len(items):
        raise PydanticCustomError("uniqueItems", "must have no item twice")
    return items


def time_zone(text: str) -> str:
    if text not in TIME_ZONES:
        raise PydanticCustomError("format", "must be a name of the IANA time zone database")
    return text


GradeLevel = Literal["IT", "PR", "PK", "TK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12",
                     "13", "PS", "UG", "Other"]
SystemName = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,39}$")]
SystemId = Annotated[str, Field(min_length=1, max_length=200, pattern="^[^\x00-\x1f\x7f-\x9f]*$")]
# A member is optional but never null, so the type has no None; the default is not validated.
ABSENT = Field(default=None, validate_default=False)


class CreateSchool(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(name_of)]
    identifier: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")] = ABSENT
    gradeLevels: Annotated[list[GradeLevel], Field(max_length=24), AfterValidator(unique)] = ABSENT
    timeZone: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(time_zone)] = ABSENT
    externalRefs: Annotated[dict[SystemName, SystemId], Field(max_length=20)] = ABSENT


class Refusal(Exception):
    def __init__(self, status: int, kind: str, title: str, detail: str, **members: object) -> None:
        self.status, self.kind, self.title, self.detail, self.members = status, kind, title, detail, members


class Caller:
    """The ids of a request; made up where the caller gave none."""

    def __init__(self, request: Request) -> None:
        self.traceparent = request.headers.get("traceparent")
        trace = TRACEPARENT.fullmatch(self.traceparent or "")
        self.trace_id = trace.group(1) if trace else secrets.token_hex(16)
        self.traceparent = self.traceparent if trace else f"00-{self.trace_id}-{secrets.token_hex(8)}-01"
        given = request.headers.get("x-correlation-id")
        self.is_malformed = given is not None and re.fullmatch(UUID_PATTERN, given) is None
        self.correlation_id = UUID(given) if given and not self.is_malformed else uuid_utils.compat.uuid7()


def problem(request: Request, caller: Caller, refusal: Refusal) -> Response:
    body = {"type": f"{request.base_url}problems/{refusal.kind}", "title": refusal.title, "status": refusal.status,
            "detail": refusal.detail, "instance": request.url.path, "correlationId": caller.correlation_id,
            "traceId": caller.trace_id} | refusal.members
    headers = {"x-correlation-id": str(caller.correlation_id)}
    return Response(orjson.dumps(body), refusal.status, headers, "application/problem+json")


def refusal_of(error: RequestValidationError) -> Refusal:
    """The first thing that is wrong with the head of a request, or everything that is wrong with its body."""
    errors = error.errors()
    for each in errors:
        place, field = each["loc"][0], str(each["loc"][-1]).lower()
        if field == "x-tenant-id":
            return Refusal(400, "tenant-header-invalid", "Tenant header invalid", "The header X-Tenant-Id is not one UUID.")
        if field == "idempotency-key":
            detail = "The header Idempotency-Key is missing or malformed."
            return Refusal(400, "idempotency-key-invalid", "Idempotency key invalid", detail)
        if place != "body" or each["type"] == "json_invalid" or each["loc"] == ("body",) and each["type"] == "missing":
            return Refusal(400, "malformed-request", "Malformed request", f"Malformed: {each['msg']}.")
    listed = [{"pointer": "".join(f"/{part}" for part in each["loc"][1:] if part != "[key]"), "keyword": keyword(each),
               "message": each["msg"]} for each in errors[:50]]
    detail = f"The body breaks the schema in {len(errors)} places."
    return Refusal(422, "validation-failed", "Validation failed", detail, errors=listed)


def keyword(error: dict) -> str:
    kind = error["type"]
    return KEYWORDS.get(kind) or ("enum" if kind == "literal_error" else "type" if kind.endswith("_type") else kind)
