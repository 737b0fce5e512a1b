'use strict'
// Applies schema.sql once, then serves with as many processes as WORKERS says.

const cluster = require('node:cluster')
const fs = require('node:fs')
const path = require('node:path')
const pg = require('pg')
const { build } = require('./server.js')

async function applySchema () {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await client.connect()
  await client.query(fs.readFileSync(path.join(__dirname, '..', 'schema.sql'), 'utf8'))
  await client.end()
}

async function serve () {
  const app = build(process.env.DATABASE_URL)
  process.once('SIGTERM', () => app.close().then(() => process.exit(0)))
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
}

async function main () {
  const workers = Number(process.env.WORKERS || 1)
  if (cluster.isWorker) return serve()
  await applySchema()
  if (workers === 1) return serve()
  for (let i = 0; i < workers; i++) cluster.fork()
  // Disconnecting ends each worker once its connections are closed; SIGTERM to them closes these.
  process.once('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM')
  })
  cluster.on('exit', () => { if (Object.keys(cluster.workers).length === 0) process.exit(0) })
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
