import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type SqliteBackend, sqlite } from '../../src/backends/sqlite/index.ts'
import { makeQueues } from '../../src/index.ts'
import type { Leased } from '../../src/queue/rows.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { editByHand } from './by-hand.ts'
import { edits, flow, huge, inComposite, inStates, Raw } from './edits.ts'
import { figure } from './figures.ts'

// Rows that were changed by hand, among others that must not suffer. How each protection was taken out once, in a copy,
// to see this fail:
// - the round of `mender.begin` in `declare`: tokens of odd statuses and without due times stay where they are;
// - `hurry` in `make-sqlite-backend.ts` made to do nothing: the queue that a row has stopped stands still;
// - `parseText` in `row.ts` made `JSON.parse`: the queue with broken frames leases nothing any more;
// - `readyKeys` in `leasing.ts` made `ready`: a long value that waits is read at each lease;
// - the lengths of values not looked at in `mending.ts`: the long ones end on the desk, after they were tried again;
// - `fieldOf` in `views.ts` made `json_extract`: the view of the tokens answers "malformed JSON".

// Its processes and files share the machine with other tests.
vi.setConfig({ testTimeout: 60_000 })

const long = process.env['CHAOS'] === 'long'
const goodTokens = 60

const good = Array.from({ length: goodTokens }, (_, n) => `good-${n}`)

const update = (of: typeof edits) =>
  Object.entries(of).map(([id, [set]]) => `update pw_tokens set ${set} where id = '${id}'`)

/** The tokens that are to be edited, spread evenly among those that are not. */
function spread(ids: readonly string[], among: readonly string[]): readonly string[] {
  const every = Math.floor(among.length / ids.length)
  return among.flatMap((id, n) => (n % every === 0 && ids[n / every] ? [ids[n / every]!, id] : [id]))
}

interface Place {
  readonly queue: string
  readonly status: string
  readonly error: string | null
}

/** Where every token is, by the view that people ask. */
async function places(backend: SqliteBackend): Promise<Map<string, Place>> {
  const { rows } = await backend.query('select id, queue, status, error, state from tokens', 1e5)
  return new Map(rows.map(([id, queue, status, error]) => [String(id), { queue, status, error } as Place]))
}

function newDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-edits-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'queues.db')
}

/** Lets tokens enter, and moves those that are to be edited as states on to `finish`, as workers would. */
async function fill(
  backend: SqliteBackend,
  ids: readonly string[],
  onward: readonly string[],
): Promise<void> {
  const { input } = await makeQueues(flow, backend, 'edits')
  await Promise.all(ids.map((id) => input.push(id, Raw({ text: id }))))
  await Promise.all((await leaseFirst(backend, onward)).map((leased) => finishing(backend, leased)))
}

const request = { owner: 'test', leaseMs: 1e6, timeoutMs: 1e6 }

function leaseFirst(backend: SqliteBackend, ids: readonly string[]): Promise<readonly Leased[]> {
  return backend.lease('edits/read/0', { ...request, ids })
}

/** Moves a token on to `finish`, as a worker would. */
function finishing(backend: SqliteBackend, { id, hop, lease, priority, deploy }: Leased): Promise<unknown> {
  return backend.commit([
    { kind: 'pop', event: 'moved', queue: 'edits/read/0', id, hop, lease },
    {
      ...{ kind: 'push', queue: 'edits/finish', value: { tag: 'Read', text: id } },
      token: { id, hop: hop + 1, frames: [], priority, deploy },
    },
  ])
}

/** Runs all workers, until the test ends. */
async function startWork(path: string, clock?: FakeClock) {
  const warnings: string[] = []
  const backend = await sqlite(path, { clock, onWarning: (message) => warnings.push(message) })
  const { artifacts } = await makeQueues(flow, backend, 'edits')
  const stop = new AbortController()
  const { desk, ...loops } = artifacts()
  const running = Object.values(loops)
    .flat()
    .map((run) => run(stop.signal))
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(running)
    await backend.close()
  })
  return { backend, desk, warnings }
}

/** Resolves when every token of `ids` has come to an end, if it does within 60 s; then the test says which has not. */
async function end(backend: SqliteBackend, ids: readonly string[]): Promise<Map<string, Place>> {
  const ended = (place?: Place) => place && (/(output|desk)$/.test(place.queue) || place.status === 'dead')
  for (const startedAt = performance.now(); ; await sleep(20)) {
    const at = await places(backend)
    const late = ids.filter((id) => !ended(at.get(id)))
    if (late.length === 0) return at
    if (performance.now() - startedAt > 60_000) expect(late.map((id) => ({ id, ...at.get(id) }))).toEqual([])
  }
}

it('buries what was broken by hand or sends it to review, says why, and goes on with the rest', {
  timeout: 90_000,
}, async () => {
  const path = newDatabase()
  const first = await sqlite(path)
  await fill(first, [...good, ...Object.keys(edits)], Object.keys(inStates))
  await first.close()
  editByHand(path, [...update(inComposite), ...update(inStates)])

  const { backend, desk, warnings } = await startWork(path)
  const at = await end(backend, [...good, ...Object.keys(edits)])
  expect(good.filter((id) => at.get(id)?.queue !== 'edits/output')).toEqual([])
  const wrong = Object.entries(edits).filter(([id, [, end]]) => {
    const { queue, status } = at.get(id)!
    if (end === 'dead') return status !== 'dead'
    return queue !== (end === 'desk' ? 'edits/desk' : 'edits/output')
  })
  expect(wrong.map(([id]) => ({ id, ...at.get(id) }))).toEqual([])
  for (const [id, [, end]] of Object.entries(edits)) {
    const { error } = at.get(id)!
    if (end === 'dead') expect(error, id).toMatch(/^.+\.$|^.+: .+/)
    if (end === 'desk') expect((await desk.get(id)).value, id).toMatch(/\w+/)
    const { lines } = (await backend.journey('edits', id))!
    expect(lines.length, `${id} has a history`).toBeGreaterThan(1)
  }
  expect(warnings.some((warning) => /"odd-status" .* was buried: .*'gone'\.$/.test(warning))).toBe(true)
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

it('lets go of a queue that a broken row has stopped, while it works', { timeout: 90_000 }, async () => {
  const path = newDatabase()
  // The only rounds are the first one and those that are in a hurry: this clock stands still.
  const clock = new FakeClock()
  const { backend, warnings } = await startWork(path, clock)
  await backend.commit([{ kind: 'gate', name: 'edits/finish', closed: true }])
  const poison = ['huge-lease', 'odd-status', 'bad-frames']
  await fill(backend, [...good, ...poison], [...good, ...poison])
  editByHand(path, [
    `update pw_tokens set lease = ${huge} where id = 'huge-lease'`,
    `update pw_tokens set status = 'gone' where id = 'odd-status'`,
    `update pw_tokens set frames = '[{' where id = 'bad-frames'`,
  ])
  await backend.commit([{ kind: 'gate', name: 'edits/finish', closed: false }])
  const ticking = setInterval(() => void clock.advance(0), 5)
  onTestFinished(() => clearInterval(ticking))
  const at = await end(backend, [...good, 'huge-lease', 'odd-status'])
  expect(good.filter((id) => at.get(id)?.queue !== 'edits/output')).toEqual([])
  expect([at.get('huge-lease')?.status, at.get('odd-status')?.status]).toEqual(['dead', 'dead'])
  expect(warnings.length).toBeGreaterThan(1)
})

it('finds within two minutes what was made invisible by hand, and revives it on request', async () => {
  const path = newDatabase()
  const clock = new FakeClock()
  const backend = await sqlite(path, { clock })
  onTestFinished(() => backend.close())
  await fill(backend, ['a', 'b', 'c'], [])
  editByHand(path, [
    `update pw_tokens set status = 'gone', hop = -1 where id = 'a'`,
    `insert into pw_tokens (token, id, workflow, queue, status, hop, value, deploy, entered_at, arrived_at)
       values (77, 'by hand', 'edits', 1, 'new', 1, '"x"', 1, 1, 1)`,
  ])
  for (let second = 0; second < 120; second++) await clock.advance(1000)
  // The keeper recounts in a thread of its own.
  const counted = async () => (await backend.count('edits/read/0'))[0]
  await expect.poll(counted, { timeout: 20_000 }).toMatchObject({ ready: 2, dead: 2 })
  await backend.commit([
    { kind: 'revive', queue: 'edits/read/0', id: 'a' },
    { kind: 'take', queue: 'edits/read/0', id: 'by hand', event: 'cancelled' },
  ])
  const request = { owner: 'test', leaseMs: 1000, timeoutMs: 1000, limit: 9 }
  const leased = await backend.lease('edits/read/0', request)
  expect(leased.map(({ id, hop }) => `${id}:${hop}`)).toEqual(['a:2', 'b:1', 'c:1'])
})

if (long)
  it('goes on at nine tenths of the speed or more', { timeout: 400_000 }, async () => {
    const many = Array.from({ length: 60_000 }, (_, n) => `good-${n}`)
    const timeOf = async (bad: typeof edits) => {
      const path = newDatabase()
      const first = await sqlite(path)
      await fill(first, spread(Object.keys(edits), many), Object.keys(inStates))
      await first.close()
      if (bad === edits) editByHand(path, [...update(inComposite), ...update(inStates)])
      const { backend } = await startWork(path)
      const startedAt = performance.now()
      const areDone = async () => (await backend.count('edits/output'))[0]!.ready >= many.length
      await vi.waitUntil(areDone, { timeout: 120_000, interval: 100 })
      return performance.now() - startedAt
    }
    const [usual, edited] = [[], []] as [number[], number[]]
    for (let run = 0; run < 4; run++) {
      usual.push(await timeOf({} as typeof edits))
      edited.push(await timeOf(edits))
    }
    const [usualMs, editedMs] = [Math.min(...usual), Math.min(...edited)]
    process.stdout.write(`${JSON.stringify({ tokens: many.length, usualMs, editedMs })}\n`)
    const speed = usualMs / editedMs
    figure('rows edited by hand', 'the rest at 0.9 of its speed', speed.toFixed(2), speed > 0.9)
  })

if (long)
  it('reads no value that only waits', { timeout: 120_000 }, async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `good-${n}`)
    // The median: what the hand has written is checkpointed meanwhile.
    const timeOf = async (edit: string) => {
      const path = newDatabase()
      // This clock stands still, so that no mender looks for what was edited and buries it.
      const backend = await sqlite(path, { clock: new FakeClock() })
      onTestFinished(() => backend.close())
      await fill(backend, [...ids, 'waiting'], ['waiting'])
      editByHand(path, [`update pw_tokens set ${edit}, priority = 1000000 where id = 'waiting'`])
      const tookMs: number[] = []
      for (const leased of await leaseFirst(backend, ids)) {
        const startedAt = performance.now()
        // Asked for at once, so that they are one transaction.
        const hop = finishing(backend, leased)
        const [next] = await backend.lease('edits/finish', { ...request, limit: 1 })
        await hop
        tookMs.push(performance.now() - startedAt)
        expect(next?.id).toBe(leased.id)
      }
      return tookMs.sort((a, b) => a - b)[ids.length >> 1]!
    }
    const usualMs = await timeOf('progress = null')
    const beside = (await timeOf(`value = json_quote(printf('%.*c', 40000000, 'x'))`)) / usualMs
    figure('a lease beside 40 MB that wait', '3 times as long at most', beside.toFixed(1), beside <= 3)
  })
