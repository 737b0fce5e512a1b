// Follow the roster events in Redis Streams: in order, nothing missed, nothing handled twice.
//
// Partitions share out the work: give each running copy its own, for instance PARTITIONS=0-31 and PARTITIONS=32-63.
// One copy per partition is what keeps the events of a tenant in order.

import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { Redis } from 'ioredis';

const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const GROUP = process.env.CONSUMER_GROUP ?? 'example-node';
const CONSUMER = process.env.CONSUMER_NAME ?? 'consumer-1';
const [FIRST, LAST] = (process.env.PARTITIONS ?? '0-63').split('-').map(Number);
const PARTITIONS = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index);
// The braces are part of the key: in Redis Cluster they keep a partition's keys on one node.
const streamOf = (partition) => `lms.roster.v1:{${partition}}`;
const positionOf = (partition) => `${GROUP}:position:{${partition}}`;

// Keywords and formats that this validator does not know say something to others; they are no errors.
const ajv = addFormats(new Ajv({ allErrors: true, strict: false, logger: false }));

// What every event has (CloudEvents 1.0 and its extensions), whatever its type. Unknown members are welcome.
const text = { type: 'string', minLength: 1 };
const uuid = { type: 'string', format: 'uuid' };
const properties = {
  specversion: { const: '1.0' },
  id: uuid,
  source: text,
  type: { type: 'string', pattern: '^lms\\.roster\\.v1\\.' },
  subject: text,
  time: { type: 'string', format: 'date-time' },
  dataschema: { type: 'string', format: 'uri' },
  datacontenttype: { const: 'application/json' },
  tenantid: uuid,
  correlationid: uuid,
  partitionkey: text,
  sequence: { type: 'string', pattern: '^[0-9]{1,19}$' },
  data: {},
};
const envelope = ajv.compile({ type: 'object', required: Object.keys(properties), properties });

const schemas = new Map(); // by URL; what a URL leads to never changes, so each is fetched once
async function schema(url) {
  if (!schemas.has(url)) {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
    schemas.set(url, ajv.compile(await response.json()));
  }
  return schemas.get(url);
}

/** Gives the event of an entry; throws if it is not what was promised. */
async function check(entry, sequence, fields) {
  const event = JSON.parse(fields.ce);
  const insist = (validate, value) => {
    if (!validate(value)) throw new Error(`${entry}: ${ajv.errorsText(validate.errors)}`);
  };
  insist(envelope, event);
  insist(await schema(event.dataschema), event.data);
  const differs = ['id', 'type', 'tenantid', 'traceparent'].some((name) => fields[name] !== event[name]);
  if (differs || event.sequence !== `${sequence}`) throw new Error(`${entry}: fields differ from the event`);
  return event;
}

/** Your own work goes here. If it is done in a database, store the position there in the same transaction. */
function handle(partition, entry, { id, type, tenantid, subject }) {
  console.log(JSON.stringify({ partition, entry, id, type, tenantid, subject }));
}

let stopping = false;
for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => (stopping = true));

const redis = new Redis(REDIS_URL);
const positions = new Map();
async function take(partition, entries) {
  for (const [entry, list] of entries) {
    if (stopping) return; // what is not acknowledged is claimed at the next start
    const sequence = BigInt(entry.split('-')[0]);
    const position = positions.get(partition);
    if (sequence > position) { // otherwise it was handled before, and only its acknowledgement got lost
      if (position && sequence !== position + 1n) {
        throw new Error(`${streamOf(partition)}: ${entry} follows ${position}: entries in between were trimmed unread`);
      }
      const fields = Object.fromEntries(list.flatMap((name, at) => (at % 2 ? [] : [[name, list[at + 1]]])));
      handle(partition, entry, await check(entry, sequence, fields));
      positions.set(partition, sequence);
    }
    const transaction = redis.multi().set(positionOf(partition), `${positions.get(partition)}`);
    for (const [error] of await transaction.xack(streamOf(partition), GROUP, entry).exec()) if (error) throw error;
  }
}

try {
  for (const partition of PARTITIONS) {
    await redis.xgroup('CREATE', streamOf(partition), GROUP, '0', 'MKSTREAM').catch((error) => {
      if (!error.message.startsWith('BUSYGROUP')) throw error;
    });
    positions.set(partition, BigInt((await redis.get(positionOf(partition))) ?? 0));
  }
  // First what a copy before this one had read but not acknowledged. It has died, since this one has its partitions.
  for (const partition of PARTITIONS) {
    let cursor = '0-0';
    do {
      const [next, entries] = await redis.xautoclaim(streamOf(partition), GROUP, CONSUMER, 0, cursor);
      await take(partition, entries);
      cursor = next;
    } while (cursor !== '0-0' && !stopping);
  }
  // Then what is new.
  const [keys, ids] = [PARTITIONS.map(streamOf), PARTITIONS.map(() => '>')];
  while (!stopping) {
    const read = await redis.xreadgroup('GROUP', GROUP, CONSUMER, 'COUNT', 100, 'BLOCK', 1000, 'STREAMS', ...keys, ...ids);
    for (const [key, entries] of read ?? []) await take(PARTITIONS[keys.indexOf(key)], entries);
  }
  await redis.quit();
} catch (error) { // an event that breaks its promise must stop the consumer, not be skipped
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
}
