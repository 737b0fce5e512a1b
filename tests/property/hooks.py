"""What schemathesis cannot read in the contract: a format, the keys of a map, and what keys and cursors mean."""

import os
import re
import uuid
import zoneinfo

import schemathesis
from hypothesis import strategies

schemathesis.openapi.format("iana-time-zone", strategies.sampled_from(sorted(zoneinfo.available_timezones())))

_ENTITY_TAGS = re.compile(r'(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)')
# The request that each idempotency key was first sent with.
_requests = {}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Which keys a map may have: OpenAPI 3.0 has no words for it, the contract says it as `x-key-pattern`."""
    for schema in raw_schema["components"]["schemas"].values():
        if "x-key-pattern" in schema:
            schema["patternProperties"] = {schema["x-key-pattern"]: schema["additionalProperties"]}
            schema["additionalProperties"] = False


@schemathesis.hook
def before_call(context, case, kwargs):
    """Repairs requests that are meant to be accepted where no schema can say what makes them acceptable.

    Requests that are meant to be refused stay as they are.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    headers = case.headers if case.headers is not None else {}
    # Keys drawn at random repeat (schemathesis likes "0"); one that has another request is rightly refused (422).
    key = headers.get("Idempotency-Key")
    request = (case.method, case.formatted_path, repr(case.body))
    if key is not None and _requests.setdefault(key, request) != request:
        headers["Idempotency-Key"] = f"schemathesis-{uuid.uuid4()}"
    # A cursor is signed; one that is made up is rightly refused (400). This one was given out.
    if case.operation.definition.raw.get("operationId") == "listSchools" and "cursor" in (case.query or {}):
        case.query["cursor"] = os.environ["PROPERTY_CURSOR"]
    # The same, and a cursor is good only with the filters of the page that gave it out; here that was none.
    if case.operation.definition.raw.get("operationId") == "listAuditRecords" and "cursor" in (case.query or {}):
        case.query = {name: value for name, value in case.query.items() if name == "limit"}
        case.query["cursor"] = os.environ["PROPERTY_AUDIT_CURSOR"]
    # In its coverage phase schemathesis 4.32 draws no value for these two headers and fills in a leftover.
    for name in ("If-Match", "If-None-Match"):
        if name in headers and not _ENTITY_TAGS.fullmatch(headers[name]):
            headers[name] = '"1"'
