// The thread that keeper.ts starts. Plain JavaScript, so that it runs from the sources, under any loader and none, and from the built
// package. It receives:
//   { kind: 'keep', leases }     keep these too, each a place, a mark (see held-leases.ts), an owner and a fence
//   { kind: 'renew', everyMs }   renew all that are still held so often from now on
//   { kind: 'close' }            close its connections and end
// and sends { kind: 'up' } when it runs, and when it has renewed after it could not, { kind: 'down', message } when it cannot any more, and
// { kind: 'lost', gone } for leases that are gone, each a place and a mark.
import { Agent, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { parentPort, workerData } from 'node:worker_threads'
import { fenceKey } from '../../../queue/fence-key.mjs'

const { url, headers, tls, marks: shared } = workerData
const marks = new Int32Array(shared)
const isTls = url.startsWith('https:')
// One connection, which servers and proxies may close when it is idle.
const agent = isTls ? new TlsAgent({ keepAlive: true, ...tls }) : new Agent({ keepAlive: true })

/** By the place; one that is held no more stays until it is looked at, or another lease has its place. */
const kept = new Map()
let isUp = true
let unanswered = 0
let isClosed = false
let timer

/** A request may never be answered, so the next one does not wait for it; but not for more than so many. */
const mostUnanswered = 3
/** A renewal is given up after as long as a lease, in milliseconds, which may be too short for any answer. */
const withinMs = { least: 1000, most: 10_000 }

async function renewAll(everyMs) {
  if (unanswered >= mostUnanswered || isClosed) return
  unanswered++
  try {
    for (const [owner, leases] of heldByOwner())
      await renew(owner, leases, Math.min(withinMs.most, Math.max(withinMs.least, 3 * everyMs)))
    if (!isUp) parentPort.postMessage({ kind: 'up' })
    isUp = true
  } catch (error) {
    if (isUp && !isClosed) parentPort.postMessage({ kind: 'down', message: sayError(error) })
    isUp = false
  } finally {
    unanswered--
  }
}

function heldByOwner() {
  const owners = new Map()
  for (const lease of kept.values()) {
    if (!isHeld(lease)) kept.delete(lease.place)
    else if (owners.has(lease.owner)) owners.get(lease.owner).push(lease)
    else owners.set(lease.owner, [lease])
  }
  return owners
}

async function renew(owner, leases, ms) {
  const body = JSON.stringify({ owner, fences: leases.map(({ fence }) => fence) })
  const { held } = JSON.parse(await post(body, ms))
  const there = new Set(held.map(fenceKey))
  const gone = leases.filter((lease) => !there.has(fenceKey(lease.fence)) && isHeld(lease))
  for (const { place } of gone) kept.delete(place)
  if (gone.length > 0)
    parentPort.postMessage({ kind: 'lost', gone: gone.map(({ place, mark }) => [place, mark]) })
}

function isHeld({ place, mark }) {
  return Atomics.load(marks, place) === mark
}

// A kept connection may have been closed meanwhile: to renew twice does no harm.
async function post(body, ms) {
  try {
    return await send(body, ms)
  } catch (error) {
    if (!error.isCut) throw error
    return send(body, ms)
  }
}

function send(body, ms) {
  return new Promise((resolve, reject) => {
    const asked = (isTls ? tlsRequest : request)(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(ms),
    })
    asked.on('response', (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString())
        else reject(new Error(`the server answered ${response.statusCode}`))
      })
    })
    asked.on('error', (error) =>
      reject(Object.assign(error, { isCut: asked.reusedSocket && error.code === 'ECONNRESET' })),
    )
    asked.end(body)
  })
}

function sayError({ name, message, code }) {
  return name === 'TimeoutError' ? 'no answer came in time' : message || code || name
}

parentPort.on('message', (message) => {
  if (message.kind === 'keep')
    for (const [place, mark, owner, fence] of message.leases) kept.set(place, { place, mark, owner, fence })
  else if (message.kind === 'renew') {
    clearInterval(timer)
    timer = setInterval(renewAll, message.everyMs, message.everyMs)
  } else {
    isClosed = true
    clearInterval(timer)
    agent.destroy()
    parentPort.close()
  }
})
parentPort.postMessage({ kind: 'up' })
