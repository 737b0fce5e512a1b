//! Units as rows: for each table one JSON list, in which each row carries the number of its unit and the tenant that its request named.
//!
//! Both databases read the same lists: ids and times are written as SQLite stores them, bytes in hexadecimal.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::schools::status_word;
use super::unit::Unit;
use super::{Position, StoreError};
use crate::roster::School;

/// A unit and its number.
pub(super) type Numbered<'a> = (usize, &'a Unit);

pub(super) fn claims(units: &[Numbered<'_>]) -> Result<String, StoreError> {
    list(units.iter().filter_map(|&(number, unit)| claim_row(number, unit)))
}

pub(super) fn schools(units: &[Numbered<'_>]) -> Result<String, StoreError> {
    list(
        units
            .iter()
            .flat_map(|&(number, unit)| unit.schools.iter().map(move |school| school_row(number, school))),
    )
}

pub(super) fn audits(units: &[Numbered<'_>]) -> Result<String, StoreError> {
    list(units.iter().flat_map(|&(number, unit)| audit_rows(number, unit)))
}

pub(super) fn events(units: &[Numbered<'_>]) -> Result<String, StoreError> {
    list(
        units
            .iter()
            .flat_map(|&(number, unit)| event_rows(number, unit, &[])),
    )
}

/// The events with their places, which are in the order of the events.
pub(super) fn placed_events(units: &[(Numbered<'_>, Vec<Position>)]) -> Result<String, StoreError> {
    list(
        units
            .iter()
            .flat_map(|((number, unit), positions)| event_rows(*number, unit, positions)),
    )
}

fn list<T: Serialize>(rows: impl Iterator<Item = T>) -> Result<String, StoreError> {
    let mut text = Vec::with_capacity(4_096);
    text.push(b'[');
    for row in rows {
        if text.len() > 1 {
            text.push(b',');
        }
        serde_json::to_writer(&mut text, &row).map_err(|error| StoreError::internal(error.to_string()))?;
    }
    text.push(b']');
    String::from_utf8(text).map_err(|error| StoreError::internal(error.to_string()))
}

#[derive(Serialize)]
struct ClaimRow<'a> {
    unit: usize,
    tenant_id: Uuid,
    idempotency_key: &'a str,
    operation: &'static str,
    fingerprint: String,
    response_status: u16,
    response_headers: &'a [(String, String)],
    response_body: String,
    created_at: String,
    expires_at: String,
}

fn claim_row(number: usize, unit: &Unit) -> Option<ClaimRow<'_>> {
    let (claim, expires_at) = unit.claim.as_ref()?;
    let (_, response) = unit.completion.idempotency.as_ref()?;
    Some(ClaimRow {
        unit: number,
        tenant_id: unit.context.tenant_id().0,
        idempotency_key: &claim.key,
        operation: claim.operation,
        fingerprint: hexadecimal(&claim.fingerprint),
        response_status: response.status,
        response_headers: &response.headers,
        response_body: hexadecimal(&response.body),
        created_at: timestamp(unit.completion.now),
        expires_at: timestamp(*expires_at),
    })
}

#[derive(Serialize)]
struct SchoolRow<'a> {
    unit: usize,
    tenant_id: Uuid,
    school_id: Uuid,
    name: &'a str,
    name_folded: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grade_levels: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_refs: Option<&'a BTreeMap<String, String>>,
    status: &'static str,
    version: i64,
    created_at: String,
    updated_at: String,
}

fn school_row(number: usize, school: &School) -> SchoolRow<'_> {
    let details = &school.details;
    SchoolRow {
        unit: number,
        tenant_id: school.tenant_id.0,
        school_id: school.school_id.0,
        name: details.name.as_str(),
        name_folded: details.name.folded(),
        identifier: details.identifier.as_deref(),
        grade_levels: details.grade_levels.as_deref(),
        time_zone: details.time_zone.as_deref(),
        external_refs: details.external_refs.as_ref(),
        status: status_word(school.status),
        version: school.version,
        created_at: timestamp(school.created_at),
        updated_at: timestamp(school.updated_at),
    }
}

#[derive(Serialize)]
struct AuditRow<'a> {
    unit: usize,
    tenant_id: Uuid,
    audit_id: Uuid,
    occurred_at: String,
    actor_subject: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_client: Option<&'a str>,
    action: &'a str,
    entity_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_id: Option<Uuid>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    correlation_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation_id: Option<Uuid>,
    trace_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_fingerprint: Option<&'a str>,
}

fn audit_rows(number: usize, unit: &Unit) -> impl Iterator<Item = AuditRow<'_>> {
    let tenant_id = unit.context.tenant_id().0;
    unit.completion.audit.iter().map(move |record| AuditRow {
        unit: number,
        tenant_id,
        audit_id: record.audit_id,
        occurred_at: timestamp(record.occurred_at),
        actor_subject: &record.actor_subject,
        actor_client: record.actor_client.as_deref(),
        action: &record.action,
        entity_type: &record.entity_type,
        entity_id: record.entity_id,
        outcome: record.outcome.as_str(),
        reason: record.reason.as_deref(),
        correlation_id: record.correlation_id,
        causation_id: record.causation_id,
        trace_id: &record.trace_id,
        payload_fingerprint: record.payload_fingerprint.as_deref(),
    })
}

#[derive(Serialize)]
struct EventRow<'a> {
    unit: usize,
    place: usize,
    tenant_id: Uuid,
    event_id: Uuid,
    event_type: &'a str,
    head: &'a str,
    tail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    committed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
}

fn event_rows<'a>(
    number: usize,
    unit: &'a Unit,
    positions: &'a [Position],
) -> impl Iterator<Item = EventRow<'a>> {
    let tenant_id = unit.context.tenant_id().0;
    let committed_at = timestamp(unit.completion.now);
    unit.completion
        .events
        .iter()
        .enumerate()
        .map(move |(place, event)| EventRow {
            unit: number,
            place,
            tenant_id,
            event_id: event.event_id,
            event_type: &event.event_type,
            head: &event.head,
            tail: &event.tail,
            traceparent: event.traceparent.as_deref(),
            committed_at: committed_at.clone(),
            partition: positions.get(place).map(|position| position.partition.0),
            seq: positions.get(place).map(|position| position.seq),
        })
}

fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}
