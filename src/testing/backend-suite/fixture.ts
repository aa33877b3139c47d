import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { Backend, LeaseRequest } from '../../queue/backend.ts'
import type { Change, Fence, Pop, Push } from '../../queue/change.ts'
import type { QueueSpec } from '../../queue/declaration.ts'
import type { ErrorCode } from '../../queue/errors.ts'
import type { GateSpec } from '../../queue/gate.ts'
import type { Leased, Row, Status } from '../../queue/rows.ts'
import type { Token } from '../../queue/token.ts'
import type { Json } from '../../schema/json.ts'
import type { FakeClock } from '../fake-clock.ts'
import type { Opened } from './opened.ts'

/** The workflow and the queues that every test starts with. */
export const workflow = 'shop'
export const usualQueues: readonly QueueSpec[] = [
  { name: 'first', role: 'stage' },
  { name: 'second', role: 'stage' },
  { name: 'desk', role: 'review' },
  { name: 'done', role: 'output' },
]

export const leaseMs = 1_000
export const timeoutMs = 5_000

type Incoming = Partial<Omit<Push, 'kind' | 'token'>> & Partial<Token>

/** A backend under test, with the steps that its tests share. */
export class Fixture {
  readonly clock: FakeClock
  readonly reopen: Opened['reopen']
  readonly begin: Opened['begin']
  backend: Backend

  constructor({ backend, reopen, begin }: Opened, clock: FakeClock) {
    this.backend = backend
    this.reopen = reopen
    this.begin = begin
    this.clock = clock
  }

  declare(
    queues = usualQueues,
    fingerprint = 'v1',
    gates?: readonly GateSpec[],
  ): Promise<{ readonly deploy: number }> {
    return this.backend.declare({ workflow, queues, fingerprint, ...(gates && { gates }) })
  }

  /** Pushes a new token into `first`, or into `incoming.queue`. */
  async enter(id: string, incoming: Incoming = {}): Promise<void> {
    await this.backend.commit([entering(id, incoming)])
  }

  lease(queue: string, request: Partial<LeaseRequest> = {}): Promise<readonly Leased[]> {
    return this.backend.lease(queue, { owner: 'worker', leaseMs, timeoutMs, ...request })
  }

  /** Leases one message and fails if there is none. */
  async leaseOne(queue: string, request: Partial<LeaseRequest> = {}): Promise<Leased & Fence> {
    const [leased] = await this.lease(queue, request)
    assert.ok(leased, `the queue "${queue}" had nothing to lease`)
    return { ...leased, queue }
  }

  /** Renews these leases and says which of them hold, by id. */
  async extend(held: readonly Fence[], owner = 'worker'): Promise<readonly string[]> {
    return (await this.backend.extend(owner, held.map(fenceOf))).held.map(({ id }) => id)
  }

  /** Shuts or opens the gate of a queue. */
  async pause(name: string, closed: boolean, by: { actor?: string; reason?: string } = {}): Promise<void> {
    await this.backend.commit([{ kind: 'gate', name, closed, ...by }])
  }

  /** The ids that a lease of up to 100 gets, in their order. */
  async leaseIds(queue: string, request: Partial<LeaseRequest> = {}): Promise<readonly string[]> {
    return (await this.lease(queue, { limit: 100, ...request })).map(({ id }) => id)
  }

  /** The row of `id` in `queue`; fails if it is not there. */
  async row(queue: string, id: string): Promise<Row> {
    const row = await this.backend.get(queue, id)
    assert.ok(row, `"${id}" is not in the queue "${queue}"`)
    return row
  }

  /** How many messages of each status `queue` has. */
  async counts(queue: string): Promise<Readonly<Record<Status, number>>> {
    const [count] = await this.backend.count(queue)
    assert.ok(count, `"${queue}" was not counted`)
    const { ready, leased, delayed, dead, waiting } = count
    return { ready, leased, delayed, dead, waiting }
  }

  /** What the history of `id` says happened, and where. */
  async events(id: string): Promise<readonly string[]> {
    const journey = await this.backend.journey(workflow, id)
    return (journey?.lines ?? []).map(({ event, queue }) => `${event} ${queue}`)
  }

  /** Leases a suspect-to-be and lets its lease run out, so that the next lease finds it. */
  async crash(queue: string, request: Partial<LeaseRequest> = {}): Promise<void> {
    await this.leaseOne(queue, request)
    await this.clock.advance(leaseMs)
  }
}

/** A push of a new token. */
export function entering(id: string, { queue = 'first', value = { id }, ...incoming }: Incoming = {}): Push {
  const {
    enter = 'refuse',
    delayMs,
    actor,
    reason,
    traceparent,
    marks,
    text,
    key,
    tolls,
    frees,
    ...token
  } = incoming
  const whole = { id, hop: 0, frames: [], priority: 0, deploy: 1, ...token }
  return {
    ...{ kind: 'push', queue, token: whole, value, enter, delayMs, actor, reason, traceparent, marks },
    ...{ key, tolls, frees, text },
  }
}

/** The fence of a leased message. */
export function fenceOf({ queue, id, hop, lease }: Fence): Fence {
  return { queue, id, hop, lease }
}

/** The answer of a worker: out of the queue where `held` is leased. */
export function popping(held: Fence, note: Partial<Pop> = {}): Pop {
  return { kind: 'pop', event: 'moved', ...note, ...fenceOf(held) }
}

/** One hop: out of the queue where `held` is leased, and into `queue`. */
export function moving(held: Leased & Fence, queue: string, value: Json = held.value): readonly Change[] {
  const { id, hop, frames, priority, parent, deploy } = held
  const token = { id, hop: hop + 1, frames, priority, parent, deploy }
  return [popping(held), { kind: 'push', queue, token, value }]
}

/** A failure that is tried again. */
export function postponing(held: Fence, more: { delayMs?: number; charge?: boolean } = {}): Change {
  return { kind: 'postpone', delayMs: 0, charge: true, error: someFault, ...more, ...fenceOf(held) }
}

export const someFault = { kind: 'error', name: 'Error', message: 'It broke.', code: 'broken' } as const

/** Asserts that `promise` rejects with the error of class `code`, which says where it happened. */
export async function refuses(
  promise: Promise<unknown>,
  codes: ErrorCode | readonly ErrorCode[],
  about: { readonly queue?: string; readonly id?: string } = {},
): Promise<void> {
  const error = await promise.then(
    () => assert.fail(`It should have been refused as ${codes}.`),
    (refusal: Error & { code?: ErrorCode; queue?: string; id?: string }) => refusal,
  )
  if (error instanceof assert.AssertionError) throw error
  assert.ok([codes].flat().includes(error.code!), `refused as ${error.code}, not as ${codes}: ${error.stack}`)
  assert.match(error.message, /^.+[.!]$/s, 'an error is a sentence')
  if (about.queue !== undefined) assert.equal(error.queue, about.queue)
  if (about.id !== undefined) assert.equal(error.id, about.id)
}

/** Waits, in turns of the event loop, until `condition` holds; fails after two seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const started = performance.now()
  while (!condition()) {
    if (performance.now() - started > 2_000) assert.fail(`It did not happen within 2 s: ${what}.`)
    await setImmediate()
  }
}
