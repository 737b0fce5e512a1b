// Follow the roster events in Redis Streams: in order, nothing missed, nothing handled twice.
//
// Partitions share out the work: give each running copy its own, for instance PARTITIONS=0-31 and PARTITIONS=32-63.
// One copy per partition is what keeps the events of a tenant in order.
//
// What was handled is remembered in a file of this consumer's own (STATE_FILE), not in Redis: a broker that loses its last
// writes would forget it together with the events, deliver them again, and nobody could tell.

import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { Redis } from 'ioredis';

const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const GROUP = process.env.CONSUMER_GROUP ?? 'example-node';
const CONSUMER = process.env.CONSUMER_NAME ?? 'consumer-1';
const STATE_FILE = process.env.STATE_FILE ?? `${GROUP}.jsonl`;
const [FIRST, LAST] = (process.env.PARTITIONS ?? '0-63').split('-').map(Number);
const PARTITIONS = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index);
// The braces are part of the key: in Redis Cluster they keep a partition's keys on one node.
const streamOf = (partition) => `lms.roster.v1:{${partition}}`;

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

/** How far each partition was handled, and which events: a line for each, in the order in which it was done. */
class State {
  positions = new Map(); // partition: { epoch, sequence }
  handled = new Set(); // ids of events; those older than the log keeps them may be forgotten

  constructor(path) {
    if (existsSync(path)) {
      const text = readFileSync(path, 'utf8');
      const whole = text.slice(0, text.lastIndexOf('\n') + 1); // a line that was cut short was never finished
      truncateSync(path, Buffer.byteLength(whole));
      for (const line of whole.split('\n').slice(0, -1)) this.#take(JSON.parse(line));
    }
    this.file = openSync(path, 'a');
  }

  #take([partition, epoch, sequence, id]) {
    this.positions.set(partition, { epoch: BigInt(epoch), sequence: BigInt(sequence) });
    this.handled.add(id);
  }

  moved(partition, epoch, sequence, id) {
    const line = [partition, `${epoch}`, `${sequence}`, id];
    writeSync(this.file, `${JSON.stringify(line)}\n`);
    fdatasyncSync(this.file);
    this.#take(line);
  }
}

/** Your own work goes here, type by type. A type that you do not know is news for others: pass over it. */
function handle(partition, entry, { id, type, tenantid, subject }) {
  if (['lms.roster.v1.SchoolCreated', 'lms.roster.v1.TenantProvisioned'].includes(type)) {
    console.log(JSON.stringify({ partition, entry, id, type, tenantid, subject }));
  }
}

/** Says whether an entry lies behind what is known of its partition; throws if entries in between are gone. */
function isNew(known, partition, entry, epoch, sequence) {
  if (!known) return true; // the first entry that this consumer ever sees; whoever needs what was before it bootstraps
  if (epoch < known.epoch) return false; // of a life of the stream that has ended, brought back by a failover
  if (sequence > known.sequence + 1n) {
    const gap = `${entry} (epoch ${epoch}) follows ${known.sequence}`;
    throw new Error(`${streamOf(partition)}: ${gap}: what was in between is gone, bootstrap`);
  }
  return epoch > known.epoch || sequence > known.sequence; // otherwise it is here again: only its acknowledgement got lost
}

let stopping = false;
for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => (stopping = true));

const redis = new Redis(REDIS_URL);
const state = new State(STATE_FILE);
async function take(partition, entries) {
  for (const [entry, list] of entries) {
    if (stopping) return; // what is not acknowledged is claimed at the next start
    const fields = Object.fromEntries(list.flatMap((name, at) => (at % 2 ? [] : [[name, list[at + 1]]])));
    const [epoch, sequence] = [BigInt(fields.epoch ?? 1), BigInt(entry.split('-')[0])];
    if (isNew(state.positions.get(partition), partition, entry, epoch, sequence)) {
      const event = await check(entry, sequence, fields);
      if (!state.handled.has(event.id)) handle(partition, entry, event); // a new epoch may begin with events that were there before
      state.moved(partition, epoch, sequence, event.id);
    }
    await redis.xack(streamOf(partition), GROUP, entry);
  }
}

try {
  for (const partition of PARTITIONS) {
    await redis.xgroup('CREATE', streamOf(partition), GROUP, '0', 'MKSTREAM').catch((error) => {
      if (!error.message.startsWith('BUSYGROUP')) throw error;
    });
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
  closeSync(state.file);
} catch (error) { // an event that breaks its promise must stop the consumer, not be skipped
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
}
