"""createSchool and getSchool of Rollcall's contract on FastAPI, SQLAlchemy and asyncpg."""

import datetime
import hashlib
import hmac
import os
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from uuid_utils.compat import uuid7

import tables
from shapes import (Caller, CausationHeader, CreateSchool, KeyHeader, Refusal, SchoolPath, TenantHeader, TenantPath, problem,
                    refusal_of)

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1).replace("postgres://", "postgresql+asyncpg://", 1),
    pool_size=int(os.environ.get("POOL", "16")), max_overflow=0,
    json_serializer=lambda value: orjson.dumps(value).decode(), json_deserializer=orjson.loads)
# A read is one statement: without a transaction around it there is no BEGIN and no ROLLBACK.
reading = engine.execution_options(isolation_level="AUTOCOMMIT")
AUDIT_KEY = os.environ.get("AUDIT_KEY", "a key for measurements").encode()
app = FastAPI(openapi_url=None)


async def admit(request: Request, tenant_id: TenantPath, tenant: TenantHeader, causation: CausationHeader = None) -> Caller:
    """Before the body is judged: the ids, whose request it is, and, for a write, what is sent."""
    request.state.caller = caller = Caller(request)
    caller.causation_id = causation
    if caller.is_malformed:
        raise Refusal(400, "malformed-request", "Malformed request", "The header X-Correlation-Id is not a UUID.")
    if len(request.headers.getlist("x-tenant-id")) != 1:
        raise Refusal(400, "tenant-header-invalid", "Tenant header invalid", "The header X-Tenant-Id was given twice.")
    if tenant != tenant_id:
        raise Refusal(403, "tenant-mismatch", "Tenant mismatch", "The header X-Tenant-Id names another tenant than the path.")
    if request.method == "POST":
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "unsupported-media-type", "Unsupported media type", "The body must be application/json.")
        if len(await request.body()) > 65536:
            raise Refusal(413, "payload-too-large", "Payload too large", "The body is larger than 65536 bytes.")
    return caller


Admitted = Annotated[Caller, Depends(admit)]


def check_tenant(status: str | None) -> None:
    if status is None:
        raise Refusal(404, "tenant-not-found", "Tenant not found", "There is no such tenant.")
    if status == "suspended":
        raise Refusal(403, "tenant-suspended", "Tenant suspended", "The tenant is suspended.")


def stamp(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shape(row: dict[str, Any] | RowMapping) -> dict[str, Any]:
    body = {"schoolId": str(row["school_id"]), "tenantId": str(row["tenant_id"]), "name": row["name"], "identifier": row["identifier"],
            "gradeLevels": row["grade_levels"], "timeZone": row["time_zone"], "externalRefs": row["external_refs"],
            "status": row["status"], "version": row["version"], "createdAt": stamp(row["created_at"]),
            "updatedAt": stamp(row["updated_at"])}
    return {name: value for name, value in body.items() if value is not None}


@app.get("/api/v1/tenants/{tenantId}/schools/{schoolId}")
async def get_school(caller: Admitted, tenant_id: TenantPath, school_id: SchoolPath) -> Response:
    async with reading.connect() as connection:
        row = (await connection.execute(tables.school_of_id, {"tenant": tenant_id, "school": school_id})).mappings().first()
    check_tenant(row["tenant_status"] if row else None)
    if row["school_id"] is None:
        raise Refusal(404, "school-not-found", "School not found", "There is no such school in this tenant.")
    headers = {"etag": f'"{row["version"]}"', "x-correlation-id": str(caller.correlation_id)}
    return Response(orjson.dumps(shape(row)), 200, headers, "application/json")


@app.post("/api/v1/tenants/{tenantId}/schools")
async def create_school(request: Request, caller: Admitted, tenant_id: TenantPath, key: KeyHeader, body: CreateSchool) -> Response:
    now = datetime.datetime.now(datetime.UTC)
    payload = orjson.dumps(orjson.loads(await request.body()), option=orjson.OPT_SORT_KEYS)
    fingerprint = hashlib.sha256(b"\0".join([b"POST", request.url.path.encode(), payload])).digest()
    school = {"tenant_id": tenant_id, "school_id": uuid7(), "name": body.name, "name_folded": body.name.casefold(),
              "identifier": body.identifier, "grade_levels": body.gradeLevels, "time_zone": body.timeZone,
              "external_refs": body.externalRefs, "status": "active", "version": 1, "created_at": now, "updated_at": now}
    answer = orjson.dumps(shape(school))
    headers = {"content-type": "application/json", "etag": '"1"',
               "location": f"/api/v1/tenants/{tenant_id}/schools/{school['school_id']}"}
    async with engine.begin() as connection:
        check_tenant((await connection.execute(tables.tenant_of_id, {"tenant_id": tenant_id})).scalar_one_or_none())
        record = {"tenant_id": tenant_id, "idempotency_key": key, "operation": "createSchool", "fingerprint": fingerprint,
                  "response_status": 201, "response_headers": headers, "response_body": answer, "created_at": now,
                  "expires_at": now + datetime.timedelta(hours=24)}
        if (await connection.execute(tables.insert_record, record)).rowcount == 0:
            return await replay(connection, caller, tenant_id, key, fingerprint)
        if (await connection.execute(tables.insert_school, school)).rowcount == 0:
            return await refuse_taken(connection, request, caller, school, key)
        await connection.execute(tables.insert_audit, audit_record(caller, school, payload, now))
        await connection.execute(tables.append_event, event(request, caller, school, now))
    return Response(answer, 201, headers | {"x-correlation-id": str(caller.correlation_id)})


async def replay(connection: AsyncConnection, caller: Caller, tenant_id: UUID, key: str, fingerprint: bytes) -> Response:
    stored = (await connection.execute(tables.record_of_key, {"tenant": tenant_id, "key": key})).mappings().one()
    if stored["fingerprint"] != fingerprint:
        detail = "This Idempotency-Key was used before with another request."
        raise Refusal(422, "idempotency-key-reused", "Idempotency key reused", detail)
    headers = stored["response_headers"] | {"idempotent-replayed": "true", "x-correlation-id": str(caller.correlation_id)}
    return Response(stored["response_body"], stored["response_status"], headers)


async def refuse_taken(connection: AsyncConnection, request: Request, caller: Caller, school: dict, key: str) -> Response:
    """The refusal commits with its key, so that a repetition gets it again."""
    wanted = {"tenant": school["tenant_id"], "name": school["name_folded"], "number": school["identifier"]}
    others = (await connection.execute(tables.taken_by, wanted)).all()
    by_name = [other for other in others if other.name_folded == school["name_folded"]]
    what = "name" if by_name else "identifier"
    location = f"/api/v1/tenants/{school['tenant_id']}/schools/{(by_name or others)[0].school_id}"
    refusal = Refusal(409, f"school-{what}-taken", f"School {what} taken", f"Another school of this tenant has this {what}.",
                      conflictingResource=location)
    response = problem(request, caller, refusal)
    stored = {"tenant": school["tenant_id"], "key": key, "status": 409, "body": bytes(response.body),
              "headers": {"content-type": "application/problem+json"}}
    await connection.execute(tables.store_refusal, stored)
    return response


def audit_record(caller: Caller, school: dict, payload: bytes, now: datetime.datetime) -> dict[str, Any]:
    return {"tenant_id": school["tenant_id"], "audit_id": uuid7(), "occurred_at": now, "actor_subject": "anonymous",
            "actor_client": None, "action": "school.create", "entity_type": "school", "entity_id": school["school_id"],
            "outcome": "succeeded", "reason": None, "correlation_id": caller.correlation_id,
            "causation_id": caller.causation_id, "trace_id": caller.trace_id,
            "payload_fingerprint": hmac.digest(AUDIT_KEY, payload, "sha256").hex()}


def event(request: Request, caller: Caller, school: dict, now: datetime.datetime) -> dict[str, Any]:
    """The envelope in two halves: between them the database writes the number that it gives the event."""
    tenant_id, event_id = school["tenant_id"], uuid7()
    head = {"specversion": "1.0", "id": event_id, "source": f"/api/v1/tenants/{tenant_id}", "type": "lms.roster.v1.SchoolCreated",
            "subject": f"schools/{school['school_id']}", "time": stamp(now),
            "dataschema": f"{request.base_url}schemas/lms.roster.v1/SchoolCreated/1.0.0.json",
            "datacontenttype": "application/json", "tenantid": tenant_id, "correlationid": caller.correlation_id,
            "partitionkey": str(tenant_id), "traceparent": caller.traceparent}
    if caller.causation_id is not None:
        head["causationid"] = caller.causation_id
    tail = orjson.dumps({"data": shape(school)}).decode()
    return {"partition": tenant_id.int & 63, "tenant_id": tenant_id, "event_id": event_id, "event_type": head["type"],
            "envelope_head": orjson.dumps(head).decode()[:-1] + ',"sequence":"', "envelope_tail": '",' + tail[1:],
            "traceparent": caller.traceparent, "now": now}


@app.post("/api/v1/tenants")
async def create_tenant(request: Request) -> Response:
    """So that measurements begin the same way everywhere. It is not measured, and keeps the tenant alone."""
    now, name = datetime.datetime.now(datetime.UTC), orjson.loads(await request.body())["name"]
    tenant = {"tenant_id": uuid7(), "name": name, "region": None, "status": "active", "version": 1, "created_at": now, "updated_at": now}
    async with engine.begin() as connection:
        await connection.execute(tables.insert_tenant, tenant)
    body = {"tenantId": tenant["tenant_id"], "name": name, "status": "active", "version": 1, "createdAt": stamp(now), "updatedAt": stamp(now)}
    return Response(orjson.dumps(body), 201, {"location": f"/api/v1/tenants/{tenant['tenant_id']}", "etag": '"1"'}, "application/json")


@app.get("/health")
async def health() -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")


@app.exception_handler(Refusal)
async def refused(request: Request, refusal: Refusal) -> Response:
    return problem(request, request.state.caller, refusal)


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, error: RequestValidationError) -> Response:
    return problem(request, getattr(request.state, "caller", None) or Caller(request), refusal_of(error))


@app.exception_handler(404)
async def unknown_path(request: Request, _: Exception) -> Response:
    return problem(request, Caller(request), Refusal(404, "route-not-found", "Route not found", "No operation has this path."))
