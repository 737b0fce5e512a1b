'use strict'
// createSchool and getSchool of Rollcall's contract on Fastify and pg.

const crypto = require('node:crypto')
const fastify = require('fastify')
const pg = require('pg')
const { v7: uuidv7 } = require('uuid')
const schemas = require('./schemas.js')
const statements = require('./statements.js')

const AUDIT_KEY = process.env.AUDIT_KEY || 'a key for measurements'
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const TYPE = 'lms.roster.v1.SchoolCreated'
const EVENT_SCHEMA = '/schemas/lms.roster.v1/SchoolCreated/1.0.0.json'

class Refusal extends Error {
  constructor (status, kind, title, detail, members) {
    super(detail)
    Object.assign(this, { status, kind, title, members })
  }
}

// The members of an object in the order of their names, all the way down: two requests are the same when this is.
function canonical (value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

// The ids of a request; made up where the caller gave none.
function identify (request, reply, done) {
  const given = request.headers.traceparent
  const trace = given === undefined ? null : TRACEPARENT.exec(given)
  request.traceId = trace ? trace[1] : crypto.randomBytes(16).toString('hex')
  request.traceparent = trace ? given : `00-${request.traceId}-${crypto.randomBytes(8).toString('hex')}-01`
  const correlation = request.headers['x-correlation-id']
  request.correlationId = schemas.uuid.test(correlation) ? correlation : uuidv7()
  reply.header('x-correlation-id', request.correlationId)
  done()
}

function admit (request, reply, done) {
  const { params, headers } = request
  if (schemas.uuid.test(params.tenantId) && schemas.uuid.test(headers['x-tenant-id']) &&
      headers['x-tenant-id'].toLowerCase() !== params.tenantId.toLowerCase()) {
    return done(new Refusal(403, 'tenant-mismatch', 'Tenant mismatch', 'The header X-Tenant-Id names another tenant than the path.'))
  }
  done()
}

const malformed = (detail) => new Refusal(400, 'malformed-request', 'Malformed request', detail)

// What Fastify refuses by itself, in the contract's words.
function refusalOf (error) {
  if (error instanceof Refusal) return error
  if (error.validation) {
    const { validation, validationContext } = error
    if (validationContext === 'body') {
      const errors = validation.slice(0, 50).map(({ instancePath, keyword, params, propertyName, message }) => {
        const member = params.additionalProperty ?? params.missingProperty ?? params.propertyName ?? propertyName
        return { pointer: member === undefined ? instancePath : `${instancePath}/${member}`, keyword, message }
      })
      const detail = `The body breaks the schema in ${validation.length} places.`
      return new Refusal(422, 'validation-failed', 'Validation failed', detail, { errors })
    }
    const broken = new Set(validation.map(({ instancePath, params }) => params.missingProperty ?? instancePath.slice(1)))
    if (broken.has('x-tenant-id')) return new Refusal(400, 'tenant-header-invalid', 'Tenant header invalid', error.message)
    if (broken.has('idempotency-key')) return new Refusal(400, 'idempotency-key-invalid', 'Idempotency key invalid', error.message)
    return malformed(error.message)
  }
  if (error.statusCode === 413) return new Refusal(413, 'payload-too-large', 'Payload too large', error.message)
  if (error.statusCode === 415) return new Refusal(415, 'unsupported-media-type', 'Unsupported media type', error.message)
  return error.statusCode === 400 ? malformed(error.message) : new Refusal(500, 'internal-error', 'Internal error', 'The service failed.')
}

function problem (request, refusal) {
  return JSON.stringify({
    type: `${request.protocol}://${request.host}/problems/${refusal.kind}`,
    title: refusal.title,
    status: refusal.status,
    detail: refusal.message,
    instance: request.url,
    correlationId: request.correlationId,
    traceId: request.traceId,
    ...refusal.members
  })
}

function checkTenant (row) {
  const status = row?.tenant_status ?? row?.status
  if (status === undefined) throw new Refusal(404, 'tenant-not-found', 'Tenant not found', 'There is no such tenant.')
  if (status === 'suspended') throw new Refusal(403, 'tenant-suspended', 'Tenant suspended', 'The tenant is suspended.')
}

const shape = (row) => ({
  schoolId: row.school_id,
  tenantId: row.tenant_id,
  name: row.name,
  identifier: row.identifier ?? undefined,
  gradeLevels: row.grade_levels ?? undefined,
  timeZone: row.time_zone ?? undefined,
  externalRefs: row.external_refs ?? undefined,
  status: row.status,
  version: Number(row.version),
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString()
})

function schoolOf (tenantId, body) {
  const name = body.name.trim().normalize('NFC')
  if ([...name].length > 200) {
    const errors = [{ pointer: '/name', keyword: 'maxLength', message: 'must be at most 200 characters after normalisation' }]
    throw new Refusal(422, 'validation-failed', 'Validation failed', 'The body breaks the schema in 1 place.', { errors })
  }
  const now = new Date()
  return {
    tenant_id: tenantId, school_id: uuidv7(), name, identifier: body.identifier, grade_levels: body.gradeLevels,
    time_zone: body.timeZone, external_refs: body.externalRefs, status: 'active', version: 1, created_at: now, updated_at: now
  }
}

// The envelope in two halves: between them the database writes the number that it gives the event.
function eventOf (request, school, answer) {
  const id = uuidv7()
  const head = JSON.stringify({
    specversion: '1.0',
    id,
    source: `/api/v1/tenants/${school.tenant_id}`,
    type: TYPE,
    subject: `schools/${school.school_id}`,
    time: school.created_at.toISOString(),
    dataschema: `${request.protocol}://${request.host}${EVENT_SCHEMA}`,
    datacontenttype: 'application/json',
    tenantid: school.tenant_id,
    correlationid: request.correlationId,
    causationid: request.headers['x-causation-id'],
    partitionkey: school.tenant_id,
    traceparent: request.traceparent
  })
  const partition = Number.parseInt(school.tenant_id.slice(-2), 16) & 63
  return statements.appendEvent(partition, school.tenant_id, id, TYPE, `${head.slice(0, -1)},"sequence":"`, `","data":${answer}}`,
    request.traceparent, school.created_at)
}

function build (connectionString) {
  const pool = new pg.Pool({ connectionString, max: Number(process.env.POOL || 16), pipeline: true })
  const ajv = { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: true, formats: { 'iana-time-zone': schemas.isTimeZone } } }
  const app = fastify({ ajv, forceCloseConnections: true })
  app.removeContentTypeParser('text/plain')
  for (const name of ['traceId', 'traceparent', 'correlationId']) app.decorateRequest(name, '')
  app.addHook('onRequest', identify)
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error)
    if (refusal.status === 500) console.error(error)
    return reply.code(refusal.status).type('application/problem+json').send(problem(request, refusal))
  })
  app.setNotFoundHandler((request, reply) => reply.code(404).type('application/problem+json')
    .send(problem(request, new Refusal(404, 'route-not-found', 'Route not found', 'No operation has this path.'))))

  app.get('/health', async () => ({ status: 'ok' }))

  app.get('/api/v1/tenants/:tenantId/schools/:schoolId', {
    schema: { params: schemas.path('tenantId', 'schoolId'), headers: schemas.tenantHeaders, response: { 200: schemas.school } },
    onRequest: admit
  }, async (request, reply) => {
    const { rows: [row] } = await pool.query(statements.school(request.params.tenantId, request.params.schoolId))
    checkTenant(row)
    if (row.school_id === null) throw new Refusal(404, 'school-not-found', 'School not found', 'There is no such school in this tenant.')
    reply.header('etag', `"${row.version}"`)
    return shape(row)
  })

  app.post('/api/v1/tenants/:tenantId/schools', {
    schema: { params: schemas.path('tenantId'), headers: schemas.writeHeaders, body: schemas.createSchool, response: { 201: schemas.school } },
    bodyLimit: 65536,
    onRequest: admit
  }, async (request, reply) => {
    const school = schoolOf(request.params.tenantId.toLowerCase(), request.body)
    const client = await pool.connect()
    try {
      const answer = await createSchool(client, request, reply, school)
      return reply.code(answer.status).headers(answer.headers).send(answer.body)
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
  })

  // So that measurements begin the same way everywhere. It is not measured, and keeps the tenant alone.
  app.post('/api/v1/tenants', async (request, reply) => {
    const [id, now] = [uuidv7(), new Date()]
    await pool.query(statements.insertTenant(id, request.body.name, now))
    const [createdAt, status] = [now.toISOString(), 'active']
    reply.code(201).headers({ location: `/api/v1/tenants/${id}`, etag: '"1"' })
    return { tenantId: id, name: request.body.name, status, version: 1, createdAt, updatedAt: createdAt }
  })
  app.addHook('onClose', () => pool.end())
  return app
}

// What does not wait for an answer is sent together; pg pipelines it (https://node-postgres.com/features/pipelining).
async function createSchool (client, request, reply, school) {
  const { tenant_id: tenant, school_id: id } = school
  const key = request.headers['idempotency-key']
  const payload = canonical(request.body)
  const fingerprint = crypto.createHash('sha256').update(`POST\0${request.url}\0${payload}`).digest()
  const headers = { 'content-type': 'application/json; charset=utf-8', etag: '"1"', location: `/api/v1/tenants/${tenant}/schools/${id}` }
  const body = reply.code(201).serializeInput(shape(school), 201)
  const [, found, claimed] = await Promise.all([
    client.query('BEGIN'),
    client.query(statements.tenant(tenant)),
    client.query(statements.claim(tenant, key, fingerprint, headers, Buffer.from(body), school.created_at))
  ])
  checkTenant(found.rows[0])
  if (claimed.rowCount === 0) return replay(client, tenant, key, fingerprint)

  const folded = school.name.toLowerCase()
  const { rowCount } = await client.query(statements.insertSchool(tenant, id, school.name, folded, school.identifier,
    school.grade_levels && JSON.stringify(school.grade_levels), school.time_zone, school.external_refs, school.created_at))
  if (rowCount === 0) return refuseTaken(client, request, school, folded, key)

  const mac = crypto.createHmac('sha256', AUDIT_KEY).update(payload).digest('hex')
  await Promise.all([
    client.query(statements.insertAudit(tenant, uuidv7(), school.created_at, id, request.correlationId,
      request.headers['x-causation-id'], request.traceId, mac)),
    client.query(eventOf(request, school, body)),
    // Of a transaction in which something failed, PostgreSQL makes a rollback.
    client.query('COMMIT')
  ])
  return { status: 201, headers, body }
}

async function replay (client, tenant, key, fingerprint) {
  const { rows: [stored] } = await client.query(statements.record(tenant, key))
  if (!stored.fingerprint.equals(fingerprint)) {
    const detail = 'This Idempotency-Key was used before with another request.'
    throw new Refusal(422, 'idempotency-key-reused', 'Idempotency key reused', detail)
  }
  await client.query('COMMIT')
  return { status: stored.response_status, headers: { ...stored.response_headers, 'idempotent-replayed': 'true' }, body: stored.response_body }
}

// The refusal commits with its key, so that a repetition gets it again.
async function refuseTaken (client, request, school, folded, key) {
  const { tenant_id: tenant } = school
  const { rows } = await client.query(statements.takenBy(tenant, folded, school.identifier))
  const byName = rows.find((row) => row.name_folded === folded)
  const what = byName ? 'name' : 'identifier'
  const conflictingResource = `/api/v1/tenants/${tenant}/schools/${(byName ?? rows[0]).school_id}`
  const detail = `Another school of this tenant has this ${what}.`
  const body = problem(request, new Refusal(409, `school-${what}-taken`, `School ${what} taken`, detail, { conflictingResource }))
  const headers = { 'content-type': 'application/problem+json' }
  await Promise.all([client.query(statements.storeRefusal(tenant, key, 409, headers, Buffer.from(body))), client.query('COMMIT')])
  return { status: 409, headers, body }
}

module.exports = { build }
