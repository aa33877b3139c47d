// The callers and the people of the cluster, in a process of their own: they push, also twice where an answer was lost, decide on the
// desk over HTTP, cancel and edit. The parent sends the URLs of the workers' APIs; `stop` ends the pushing, and the deciding goes on.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { postgres } from '../../../../src/backends/postgres/postgres.ts'
import { isPipewrightError, makeQueues } from '../../../../src/index.ts'
import { Random } from '../../../../src/testing/backend-model/random.ts'
import { makeFlow, start } from './flow.ts'
import { Journal } from './journal.ts'
import type { ClusterSetup } from './setup.ts'

const { url, journals, log, name, options, seed, holdsRoom } = JSON.parse(process.argv[2]!) as ClusterSetup
const callers = 6
const mostOnTheirWay = 80
process.on('disconnect', () => process.exit(1))
const journal = new Journal(journals, name)
const say = (message: string) => appendFileSync(log, `${new Date().toISOString()} ${name} ${message}\n`)
process.on('uncaughtException', (error) => {
  say(`crash ${error.stack}`)
  process.exit(70)
})
const random = new Random(seed)
const backend = await postgres(url, { onWarning: (message) => say(`warn ${message}`), connections: 6 })
const queues = await makeQueues(makeFlow(options, holdsRoom), backend, 'cluster', { owner: name })
let apis: readonly string[] = []
let isStopped = false
let numbers = 0
let onTheirWay = 0
const recent: string[] = []

process.on('message', (message: readonly string[] | 'stop') => {
  if (message === 'stop') isStopped = true
  else apis = message
})
process.send!('ready')
setInterval(() => void lookHowMany(), 500).unref()
for (let n = 0; n < callers; n++) void call()
void decide()
void meddle()

async function lookHowMany(): Promise<void> {
  const counts = await backend.count().catch(() => undefined)
  if (!counts) return
  onTheirWay = counts
    .filter(({ role }) => role !== 'output')
    .reduce((sum, each) => sum + each.ready + each.leased + each.delayed, 0)
}

async function call(): Promise<void> {
  while (!isStopped) {
    await sleep(random.below(100))
    if (onTheirWay >= mostOnTheirWay) continue
    const kind = random.below(3)
    if (kind === 0) await pushById()
    else if (kind === 1) await pushOnce()
    else await pushOverHttp()
  }
}

// The same id again until there is an answer: a ConflictError says that it was in.
async function pushById(): Promise<void> {
  const id = nextId()
  for (;;) {
    try {
      journal.write('ask', id)
      await queues.input.push(id, start(id))
      return told(id)
    } catch (error) {
      if (isPipewrightError(error) && error.code === 'conflict') return told(id)
      say(`push ${(error as Error).message}`)
      await sleep(50)
    }
  }
}

// Another id each time, under one key: one of them enters.
async function pushOnce(): Promise<void> {
  const key = `once-${seed}-${++numbers}`
  for (;;) {
    const id = nextId()
    try {
      journal.write('ask', id, key)
      const { entered } = await queues.input.push(id, start(id), {
        once: { key, forMs: 86_400_000 },
      })
      journal.write('once', id, key, String(entered))
      if (entered) recent.push(id)
      return
    } catch (error) {
      say(`push once ${(error as Error).message}`)
      await sleep(50)
    }
  }
}

async function pushOverHttp(): Promise<void> {
  const id = nextId()
  for (;;) {
    journal.write('ask', id)
    const answer = await post('/tokens', { id, value: start(id), by: 'caller' })
    if (answer?.status === 201 || answer?.status === 200 || answer?.status === 409) return told(id)
    if (answer && answer.status < 500) say(`odd answer to a push: ${answer.status} ${answer.text}`)
    await sleep(50)
  }
}

function told(id: string): void {
  journal.write('in', id)
  recent.push(id)
  if (recent.length > 100) recent.shift()
}

function nextId(): string {
  const n = ++numbers
  return `t${name.replace(/\D/g, '')}${String(n).padStart(6, '0')}`
}

async function post(path: string, body: object): Promise<{ status: number; text: string } | undefined> {
  if (apis.length === 0) return undefined
  try {
    const response = await fetch(`${random.pick(apis)}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
    return { status: response.status, text: await response.text() }
  } catch {
    return undefined
  }
}

async function decide(): Promise<never> {
  for (;;) {
    await sleep(200)
    try {
      const response = await fetch(`${random.pick(apis)}/reviews/desk/tasks?limit=20`, {
        signal: AbortSignal.timeout(20_000),
      })
      const { tasks } = (await response.json()) as { tasks?: { id: string; hop: number }[] }
      for (const { id, hop } of tasks ?? []) {
        const note = `${id}:${hop}`
        const body = { decision: 'accept', fields: { note }, hop, by: 'ann' }
        const answer = await post(`/reviews/desk/tasks/${id}/decide`, body)
        if (answer?.status === 200) journal.write('decided', note)
        else if (answer && answer.status !== 409 && answer.status !== 404 && answer.status < 500)
          say(`odd answer to a decision: ${answer.status} ${answer.text}`)
      }
    } catch {}
  }
}

async function meddle(): Promise<never> {
  for (;;) {
    await sleep(50 + random.below(400))
    const id = recent.length > 0 ? random.pick(recent) : undefined
    if (isStopped || id === undefined) continue
    if (random.below(2) === 0) await cancelIt(id)
    else await editIt(id)
  }
}

async function cancelIt(id: string): Promise<void> {
  journal.write('cancel', id)
  const answer = await post(`/tokens/${id}/cancel`, { by: 'bob', reason: 'not wanted' })
  if (answer?.status === 200) journal.write('cancelled', id)
}

async function editIt(id: string): Promise<void> {
  try {
    await queues.edit(id, (value: object) => ({ ...value, note: 'edited' }), {
      by: 'cyd',
      reason: 'a note',
      force: random.below(3) === 0,
    })
    journal.write('edited', id)
  } catch (error) {
    if (!isPipewrightError(error)) say(`edit ${(error as Error).stack}`)
  }
}
