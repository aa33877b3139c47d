import type { Fence, Note, Why } from '../../queue/change.ts'
import type { HistoryEvent, TokenOutcome } from '../../queue/journey.ts'
import { leaseLost } from '../../queue/refusals.ts'
import { fresh, holds, type Stay } from '../../queue/rules/stay.ts'
import type { About, Arrival, OpenLine, World } from '../../queue/rules/world.ts'
import { DraftCounts } from './counts.ts'
import { DraftBoxes } from './draft-boxes.ts'
import { DraftGates } from './draft-gates.ts'
import { DraftLine } from './draft-line.ts'
import { DraftMarks } from './draft-marks.ts'
import { DraftPast } from './draft-past.ts'
import { DraftRecords } from './draft-records.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'
import type { Queues } from './queues.ts'
import { succession } from './succession.ts'

/** The changes of one transaction to the tokens: none of them is visible until `publish`; then all are. */
export class Draft implements World<MemoryQueue> {
  readonly now: number
  readonly elapsed: number
  readonly succession = succession
  readonly records: DraftRecords
  readonly box: DraftBoxes
  readonly gates: DraftGates
  readonly past = new DraftPast(this)
  readonly marks = new DraftMarks({
    of: (token) => this.of(token),
    change: (token, fields) => this.#change(token, fields),
  })
  /** The queues in which something has become visible, or will. */
  readonly woken = new Set<MemoryQueue>()
  /** The queues in which something that was there has to wait for its time now. */
  readonly putOff = new Set<MemoryQueue>()
  readonly #queues: Queues
  readonly #records = new Map<number, TokenRecord>()
  readonly #entered = new Map<string, number>()
  readonly #lines: DraftLine[] = []
  readonly #counts = new DraftCounts()

  constructor(queues: Queues) {
    this.#queues = queues
    this.now = queues.clock.now()
    this.elapsed = queues.clock.elapsed()
    this.records = new DraftRecords(queues.records, this.now)
    this.box = new DraftBoxes(this, queues.boxes)
    this.gates = new DraftGates(queues, { of: (token) => this.of(token), woken: this.woken })
  }

  queue(name: string): MemoryQueue {
    return this.#queues.get(name)
  }

  known(workflow: string, id: string): TokenRecord | undefined {
    const entered = this.#entered.get(keyOf(workflow, id))
    if (entered !== undefined) return this.#records.get(entered)
    const found = this.#queues.tokens.find(workflow, id)
    return found && (this.#records.get(found.token) ?? found)
  }

  pop(queue: MemoryQueue, fence: Fence): number {
    const known = this.known(queue.workflow, fence.id)
    if (known?.queue !== queue || !holds(known.hop, known.stay, fence)) throw leaseLost(fence)
    this.vacate(known.token)
    return known.token
  }

  vacate(token: number): void {
    this.#change(token, { queue: undefined, value: undefined, frames: undefined, ...noMarks })
  }

  enter(queue: MemoryQueue, id: string, to: Arrival): number {
    const { workflow } = queue
    const token = this.#queues.tokens.count + this.#entered.size + 1
    this.#entered.set(keyOf(workflow, id), token)
    const { parent, traceparent, more } = to
    this.#counts.move(undefined, queue)
    this.#records.set(token, {
      token,
      id,
      workflow,
      parent,
      traceparent,
      enteredAt: this.now,
      rev: 0,
      reply: more?.reply,
      ...this.#arrival(queue, to),
    })
    return token
  }

  enterAgain(token: number, queue: MemoryQueue, to: Arrival): void {
    this.#change(token, {
      parent: to.parent,
      traceparent: to.traceparent,
      enteredAt: this.now,
      reply: to.more?.reply,
    })
    this.arrive(token, queue, to)
  }

  arrive(token: number, queue: MemoryQueue, to: Arrival): void {
    this.#change(token, this.#arrival(queue, to))
  }

  /** Moves a message to another queue as it is. */
  moveTo(token: number, queue: MemoryQueue): void {
    this.#change(token, { queue })
    this.woken.add(queue)
  }

  #arrival(
    queue: MemoryQueue,
    { hop, value, frames, priority, deploy, due, finishedAt, more, key = '', asks }: Arrival,
  ) {
    this.woken.add(queue)
    const outcome: TokenOutcome | undefined = finishedAt === undefined ? undefined : 'done'
    return {
      queue,
      hop,
      value,
      frames,
      priority,
      deploy,
      finishedAt,
      outcome,
      key,
      asks,
      arrivedAt: this.now,
      stay: fresh({ due, wait: more?.wait }, more?.dead),
      ...noMarks,
    }
  }

  end(token: number, outcome: TokenOutcome | undefined): void {
    const record = this.of(token)
    this.#change(token, {
      finishedAt: record.finishedAt ?? this.now,
      outcome: outcome ?? record.outcome ?? 'done',
      reply: undefined,
    })
  }

  save(token: number, stay: Stay): void {
    const { queue } = this.of(token)
    if (queue && stay.due !== undefined) this.putOff.add(queue)
    this.#change(token, { stay })
  }

  /** Changes what few changes change. */
  amend(token: number, fields: Pick<Partial<TokenRecord>, 'value' | 'reply'>): void {
    this.#change(token, fields)
  }

  /** The children of a token as they are in this transaction, in the order of their numbers. */
  childrenOf(workflow: string, parent: string): readonly TokenRecord[] {
    const before = this.#queues.tokens.childrenOf(workflow, parent).map(({ token }) => token)
    return [...new Set([...before, ...this.#records.keys()])]
      .sort((a, b) => a - b)
      .map((token) => this.of(token))
      .filter((each) => each.workflow === workflow && each.parent === parent)
  }

  line(
    of: Pick<TokenRecord, 'token' | 'hop'>,
    queue: MemoryQueue,
    event: HistoryEvent,
    note: Note & Why,
  ): OpenLine<MemoryQueue> {
    return this.say({ ...of, queue }, event, note)
  }

  /** Adds a line about a token, a queue, or neither. */
  say(
    { token, hop, queue }: About<MemoryQueue>,
    event: HistoryEvent,
    { attempt, actor, reason, fields, error, workMs, owner, deploy }: Note & Why,
  ): OpenLine<MemoryQueue> {
    const note = { attempt, actor, reason, fields: structuredClone(fields), error, workMs, owner, deploy }
    const line = new DraftLine(token, queue, { at: this.now, hop, event, ...note })
    this.#lines.push(line)
    return line
  }

  notify(queue: MemoryQueue): void {
    this.woken.add(queue)
  }

  // Nothing to note: the watchers search the queues for delayed messages.
  expectDue(): void {}

  /** Makes all changes visible. Returns the queues in which something has become visible, or will. */
  publish(): ReadonlySet<MemoryQueue> {
    this.past.publish(this.#queues)
    this.#counts.publish()
    this.records.publish()
    this.box.publish()
    this.gates.publish()
    // After the records and boxes: those of a stay that ends here go with it.
    for (const record of this.#records.values()) this.#put(record)
    for (const { token, queue, line, to } of this.#lines) {
      this.#queues.tokens.addLine(token, line)
      if (queue) this.#queues.meters.tell(line, queue, to)
    }
    return this.woken
  }

  #put(record: TokenRecord): void {
    const { tokens, records, boxes } = this.#queues
    const old = tokens.of(record.token)
    tokens.put(record)
    // A declaration may have moved it to another queue in the same stay.
    const isOver = old?.queue && (record.hop !== old.hop || !record.queue)
    if (isOver) records.dropAll({ workflow: old.workflow, token: old.token, hop: old.hop })
    if (isOver) boxes.endStay(old)
    if (!record.queue) boxes.drop(record.token)
  }

  /** A token as it is now in this transaction. */
  of(token: number): TokenRecord {
    return this.#records.get(token) ?? this.#queues.tokens.of(token)!
  }

  #change(token: number, fields: Partial<TokenRecord>): void {
    const before = this.of(token)
    if ('queue' in fields) this.#counts.move(before.queue, fields.queue)
    this.#records.set(token, { ...before, ...fields })
  }
}

const noMarks = { marks: new Map(), words: undefined, source: undefined, brought: undefined } as const

function keyOf(workflow: string, id: string): string {
  return JSON.stringify([workflow, id])
}
