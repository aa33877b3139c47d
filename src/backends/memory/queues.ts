import { pulseCursor, pulseSince } from '../../queue/check-pulse.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Declaration, Deploy } from '../../queue/declaration.ts'
import type { Journey, JourneyPart } from '../../queue/journey.ts'
import type { Pulse } from '../../queue/pulse.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import type { RecordPage, RecordRow, Scope } from '../../queue/records.ts'
import { noQueue } from '../../queue/refusals.ts'
import type { Row } from '../../queue/rows.ts'
import { closedAt } from '../../queue/rules/declared-gates.ts'
import { isShutFor } from '../../queue/rules/gate-record.ts'
import { overriddenFor } from '../../queue/rules/overridden-gates.ts'
import { Boxes } from './boxes.ts'
import { Gates, standOf } from './gates.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'
import { Meters } from './meters.ts'
import { allParkedIn, parkedIn } from './parked.ts'
import { QueueNames } from './queue-names.ts'
import { Records } from './records.ts'
import { rowOf } from './show-record.ts'
import { Tokens } from './tokens.ts'
import { Values } from './values.ts'

/** All queues and tokens: what leases and commits work on. */
export class Queues {
  readonly clock: Clock
  readonly tokens = new Tokens()
  readonly names = new QueueNames()
  readonly records = new Records()
  readonly boxes = new Boxes()
  readonly meters = new Meters()
  readonly values = new Values()
  readonly gates = new Gates()
  readonly #deploys = new Map<string, readonly Deploy[]>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** The versions of `workflow`, oldest first. */
  deploys(workflow: string): readonly Deploy[] {
    return this.#deploys.get(workflow) ?? []
  }

  /** The number of the deploy of `declaration`: that of the same fingerprint, or a new one. */
  deployOf({ workflow, fingerprint }: Declaration): number {
    const deploys = this.deploys(workflow)
    const known = deploys.find((deploy) => deploy.fingerprint === fingerprint)
    if (known) return known.deploy
    const added = { deploy: deploys.length + 1, fingerprint, declaredAt: this.clock.now() }
    this.#deploys.set(workflow, [...deploys, added])
    return added.deploy
  }

  all(): readonly MemoryQueue[] {
    return this.names.live()
  }

  /** The queue that is called `name`, or was. */
  find(name: string): MemoryQueue | undefined {
    return this.names.find(name)
  }

  /** The queue that is called `name`, or was; throws `NotFoundError`. */
  get(name: string): MemoryQueue {
    const queue = this.find(name)
    if (queue) return queue
    throw noQueue(name)
  }

  /** Whether the gate of a queue's own name is shut. */
  isPaused(queue: MemoryQueue): boolean {
    return closedAt(this.gates, queue.name, this.clock.now()) !== undefined
  }

  /** Whether a gate is shut at which all messages of a queue stop. */
  isShut(queue: MemoryQueue): boolean {
    return isShutFor(this.gates, standOf(queue), this.clock.now())
  }

  /** Counts of a queue, and where its ready messages wait. */
  count(queue: MemoryQueue): QueueCount {
    const counts = queue.count(this.clock)
    const parked = counts.ready > 0 ? allParkedIn(this.gates, queue, this.clock.now()) : undefined
    return { ...counts, paused: this.isPaused(queue), ...(parked && { parked }) }
  }

  /** A message as readers see it by itself. */
  row(record: TokenRecord): Row {
    const row = rowOf(record, this.clock)
    const { queue } = record
    if (row.status !== 'ready' || !queue) return row
    const parked = parkedIn(this.gates, queue, { record, now: this.clock.now() })
    return parked ? { ...row, parked } : row
  }

  /** A page of the records of a scope; none of a token that has never entered, or of a stay that has ended. */
  recordsOf(
    { workflow, id, hop = 0 }: Scope,
    page: RecordPage,
  ): { readonly records: readonly RecordRow[]; readonly next?: string | undefined } {
    const record = id === undefined ? undefined : this.tokens.find(workflow, id)
    const isThere = record && (hop === 0 || (record.queue !== undefined && record.hop === hop))
    if (id !== undefined && !isThere) return { records: [] }
    return this.records.list({ workflow, token: record?.token ?? 0, hop }, page, this.clock.now())
  }

  pulse(after: string | undefined): Pulse {
    const now = this.clock.now()
    const since = pulseSince(after, now)
    const queues = this.all().map((queue) => ({
      ...this.count(queue),
      ...queue.totals,
      ...overriddenFor(this.gates, standOf(queue)),
      meters: this.meters.of(queue, since),
    }))
    return { at: now, cursor: pulseCursor(now), queues }
  }

  journey(workflow: string, id: string, { limit = 1000, hop, values }: JourneyPart): Journey | undefined {
    const record = this.tokens.find(workflow, id)
    if (!record) return undefined
    const { parent, priority, enteredAt, finishedAt, outcome, queue } = record
    const { token } = record
    const all = this.tokens.linesOf(token).filter((line) => hop === undefined || line.hop === hop)
    const lines = values ? this.values.on(token, all.slice(-limit)) : all.slice(-limit)
    const where = queue && { queue: queue.name, row: this.row(record) }
    return { id, workflow, parent, priority, enteredAt, finishedAt, outcome, ...where, lines }
  }
}
