'use strict'
// What the contract says of requests and answers, as Fastify takes it: Ajv for the one, fast-json-stringify for the other.

const uuid = '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$'
const uuidText = { type: 'string', pattern: uuid }
const blank = ' \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const name = `^[${blank}]*[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000][^\\u0000-\\u001f\\u007f-\\u009f]*$`
const gradeLevels = ['IT', 'PR', 'PK', 'TK', 'KG', '01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13',
  'PS', 'UG', 'Other']

const details = {
  name: { type: 'string', minLength: 1, maxLength: 200, pattern: name },
  identifier: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$' },
  gradeLevels: { type: 'array', maxItems: 24, uniqueItems: true, items: { type: 'string', enum: gradeLevels } },
  timeZone: { type: 'string', minLength: 1, maxLength: 64, format: 'iana-time-zone' },
  externalRefs: {
    type: 'object',
    maxProperties: 20,
    propertyNames: { pattern: '^[a-z][a-z0-9-]{0,39}$' },
    additionalProperties: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' }
  }
}

const createSchool = { type: 'object', additionalProperties: false, required: ['name'], properties: details }

const text = { type: 'string' }
const school = {
  type: 'object',
  required: ['schoolId', 'tenantId', 'name', 'status', 'version', 'createdAt', 'updatedAt'],
  properties: {
    schoolId: text,
    tenantId: text,
    name: text,
    identifier: text,
    gradeLevels: { type: 'array', items: text },
    timeZone: text,
    externalRefs: { type: 'object', additionalProperties: text },
    status: text,
    version: { type: 'integer' },
    createdAt: text,
    updatedAt: text
  }
}

const path = (...names) => ({
  type: 'object', required: names, properties: Object.fromEntries(names.map((each) => [each, uuidText]))
})
const tenantHeaders = {
  type: 'object',
  required: ['x-tenant-id'],
  properties: { 'x-tenant-id': uuidText, 'x-correlation-id': uuidText, 'x-causation-id': uuidText }
}
const writeHeaders = {
  ...tenantHeaders,
  required: ['x-tenant-id', 'idempotency-key'],
  properties: { ...tenantHeaders.properties, 'idempotency-key': { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' } }
}

// A name of the time zone database; each is looked up once.
const timeZones = new Map()
function isTimeZone (zone) {
  let known = timeZones.get(zone)
  if (known === undefined) {
    try {
      known = Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
    } catch {
      known = false
    }
    timeZones.set(zone, known)
  }
  return known
}

module.exports = { uuid: new RegExp(uuid), createSchool, school, path, tenantHeaders, writeHeaders, isTimeZone }
