// The thread that keeper.ts starts. Plain JavaScript, so that it runs from the sources, under any loader and none,
// and from the built package. It receives:
//   { kind: 'renew', everyMs }   look at the leases so often from now on, and renew those that need it
//   { kind: 'close' }            close the connection and end
// and sends { kind: 'up' } whenever it has a connection, { kind: 'down', message } when that has failed, and { kind: 'lost', gone } for
// leases that are gone, each a place and a mark (see held-leases.ts).
import { parentPort, workerData } from 'node:worker_threads'
import pg from 'pg'
import { renewAll } from './renewing.mjs'

const { urls, schema, leases } = workerData
const numbersOfKey = 3
const connectMs = 5000
const marks = new Int32Array(leases.marks)
const keys = new Float64Array(leases.keys)

let client
/** Which of the hosts is asked: that of the server which can be written to. */
let host = 0
let timer
let isBusy = false
let isClosed = false

async function connected() {
  if (client) return client
  const url = urls[host]
  const made = new pg.Client({
    ...(url === undefined ? {} : { connectionString: url }),
    connectionTimeoutMillis: connectMs,
    query_timeout: connectMs,
    keepAlive: true,
  })
  // The next look makes another one.
  made.on('error', () => drop(made))
  try {
    await made.connect()
    // A standby does not know yet what has just been leased.
    if (
      urls.length > 1 &&
      (await made.query('show transaction_read_only')).rows[0].transaction_read_only === 'on'
    )
      throw new Error('the server is a standby')
  } catch (error) {
    host = (host + 1) % urls.length
    drop(made)
    throw error
  }
  client = made
  parentPort.postMessage({ kind: 'up' })
  return made
}

function drop(made) {
  if (client === made) client = undefined
  made?.end().catch(() => {})
}

async function look(everyMs) {
  if (isBusy || isClosed) return
  isBusy = true
  try {
    const made = await connected()
    const query = async (sql, values) =>
      (await made.query(sql.replaceAll(/\bpw_/g, `"${schema}".pw_`), values)).rows
    const gone = await renewAll(query, { leases: held(), everyMs })
    if (gone.length > 0) parentPort.postMessage({ kind: 'lost', gone })
  } catch (error) {
    drop(client)
    if (!isClosed) parentPort.postMessage({ kind: 'down', message: String(error?.message ?? error) })
  } finally {
    isBusy = false
  }
}

// Read before the tables are, so that one that is not found there is gone.
function held() {
  const all = []
  const highest = Atomics.load(marks, 0)
  for (let place = 1; place <= highest; place++) {
    const mark = Atomics.load(marks, place)
    if (mark % 2 === 0) continue
    const at = place * numbersOfKey
    const [token, hop, lease] = keys.slice(at, at + numbersOfKey)
    if (Atomics.load(marks, place) === mark) all.push({ place, mark, token, hop, lease })
  }
  return all
}

parentPort.on('message', async (message) => {
  clearInterval(timer)
  if (message.kind === 'renew') {
    timer = setInterval(look, message.everyMs, message.everyMs)
    await look(message.everyMs)
  } else if (message.kind === 'close') {
    isClosed = true
    await client?.end().catch(() => {})
    parentPort.close()
  }
})
