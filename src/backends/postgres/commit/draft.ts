import type { Fence, Note, Why } from '../../../queue/change.ts'
import type { HistoryEvent, TokenOutcome } from '../../../queue/journey.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { leaseLost } from '../../../queue/refusals.ts'
import { fresh, holds, type Stay } from '../../../queue/rules/stay.ts'
import type { About, Arrival, Known, OpenLine } from '../../../queue/rules/world.ts'
import type { Succession } from '../../../queue/succession.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import type { Around } from './around.ts'
import type { Document } from './document.ts'
import { DraftBoxes } from './draft-boxes.ts'
import { DraftCounts } from './draft-counts.ts'
import { DraftGates } from './draft-gates.ts'
import { DraftLanes } from './draft-lanes.ts'
import { DraftLine } from './draft-line.ts'
import { DraftMarks } from './draft-marks.ts'
import { DraftPast } from './draft-past.ts'
import { DraftRecords } from './draft-records.ts'
import type { Drawn, Fetched } from './fetched.ts'
import { NeedsAlone, NeedsZone, need } from './needs.ts'
import { News } from './news.ts'
import { Numbers } from './numbers.ts'
import { cellsOf } from './token-cells.ts'
import type { TokenState } from './token-state.ts'
import { Undo } from './undo.ts'

/** What a draft is made in. */
interface Drafting {
  readonly moment: Moment
  readonly queues: QueueNames
  /** Whether no other transaction changes anything meanwhile. */
  readonly isAlone: boolean
  /** The zones in which no other transaction changes gates or lanes meanwhile. */
  readonly zones: ReadonlySet<string>
}

/**
 * The changes of one transaction, as the rules make them, over what it has read so far. What was not read is asked for (`needs.ts`):
 * the transaction reads it, and the request runs again. Nothing of it is in the database until its `document` is applied there.
 */
export class Draft implements Around {
  readonly now: number
  readonly elapsed: number
  readonly queues: QueueNames
  readonly undo = new Undo()
  readonly news = new News()
  readonly records: DraftRecords
  readonly box: DraftBoxes
  readonly gates: DraftGates
  readonly lanes: DraftLanes
  readonly past: DraftPast
  readonly marks: DraftMarks
  readonly counts: DraftCounts
  readonly #fetched: Fetched
  readonly #tokens: Numbers
  readonly #states = new Map<number, TokenState>()
  readonly #entered = new Map<string, number>()
  readonly #lines: DraftLine[] = []

  readonly #isAlone: boolean
  readonly #zones: ReadonlySet<string>

  constructor(fetched: Fetched, { moment: { now, elapsed }, queues, isAlone, zones }: Drafting) {
    this.now = now
    this.elapsed = elapsed
    this.queues = queues
    this.#isAlone = isAlone
    this.#zones = zones
    this.#fetched = fetched
    this.#tokens = new Numbers('tokens', fetched.drawn.tokens, this.undo)
    this.counts = new DraftCounts(this.undo)
    this.records = new DraftRecords(fetched, this)
    this.box = new DraftBoxes(fetched, this)
    this.gates = new DraftGates(fetched, this)
    this.lanes = new DraftLanes(fetched, this)
    this.past = new DraftPast(this)
    this.marks = new DraftMarks(this)
  }

  /** Has the transaction begin again without others beside it, unless it is alone already: it changes what is known of queues. */
  alone(): void {
    if (!this.#isAlone) throw new NeedsAlone()
  }

  /** Has the transaction begin again with a zone for itself, unless it has: it changes gates or lanes there. */
  within(zone: string | undefined): void {
    if (zone !== undefined && !this.#isAlone && !this.#zones.has(zone)) throw new NeedsZone(zone)
  }

  get succession(): Succession<QueueEntry> {
    return this.queues.succession
  }

  queue(name: string): QueueEntry {
    return this.queues.queue(name)
  }

  known(workflow: string, id: string): Known<QueueEntry> | undefined {
    const token = this.#numberOf(workflow, id)
    return token === undefined ? undefined : this.knownAs(this.of(token))
  }

  /** A state as the rules know it. */
  knownAs(state: TokenState): Known<QueueEntry> {
    const { token, id, hop, finishedAt, asks, stay, rev } = state
    return { token, id, hop, finishedAt, queue: this.queues.of(state.at), asks, stay, rev }
  }

  /** Whether a token enters in this transaction: then nothing of it is stored. */
  isNew(token: number): boolean {
    return this.#states.has(token) && !this.#fetched.tokens.has(token)
  }

  /** A token as it is now in this transaction. */
  of(token: number): TokenState {
    return this.#states.get(token) ?? this.#fetched.tokens.get(token) ?? need('token', { token })
  }

  #numberOf(workflow: string, id: string): number | undefined {
    const key = idKey(workflow, id)
    const entered = this.#entered.get(key)
    if (entered !== undefined) return entered
    const found = this.#fetched.ids.get(key)
    if (found === undefined) need('id', { workflow, id })
    return found ?? undefined
  }

  pop(queue: QueueEntry, fence: Fence): number {
    const known = this.known(queue.workflow, fence.id)
    if (known?.queue !== queue || !holds(known.hop, known.stay, fence)) throw leaseLost(fence)
    this.vacate(known.token)
    return known.token
  }

  vacate(token: number): void {
    const before = this.of(token)
    this.#change(token, {
      at: undefined,
      content: { value: undefined, frames: undefined },
      stay: vacant(before.stay),
      ...unmarked,
    })
  }

  enter(queue: QueueEntry, id: string, to: Arrival): number {
    const { workflow } = queue
    const token = this.#tokens.next()
    this.undo.set(this.#entered, idKey(workflow, id), token)
    const { parent, traceparent, more } = to
    this.#put({
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

  enterAgain(token: number, queue: QueueEntry, to: Arrival): void {
    this.#change(token, {
      parent: to.parent,
      traceparent: to.traceparent,
      enteredAt: this.now,
      reply: to.more?.reply,
      ...this.#arrival(queue, to),
    })
  }

  arrive(token: number, queue: QueueEntry, to: Arrival): void {
    this.#change(token, this.#arrival(queue, to))
  }

  #arrival(
    queue: QueueEntry,
    { hop, value, frames, priority, deploy, due, finishedAt, more, key = '', asks }: Arrival,
  ) {
    const stay = fresh({ due, wait: more?.wait }, more?.dead)
    if (stay.status === 'ready') this.notify(queue)
    if (due !== undefined) this.news.expectDue(due)
    const outcome: TokenOutcome | undefined = finishedAt === undefined ? undefined : 'done'
    return {
      at: queue.ref,
      hop,
      priority,
      deploy,
      finishedAt,
      outcome,
      key,
      asks,
      stay,
      lane: key === '' ? 0 : this.lanes.of(queue, key),
      content: { value, frames },
      arrivedAt: this.now,
      leftAt: undefined,
      ...unmarked,
    }
  }

  end(token: number, outcome: TokenOutcome | undefined): void {
    const state = this.of(token)
    this.#change(token, {
      finishedAt: state.finishedAt ?? this.now,
      leftAt: this.now,
      outcome: outcome ?? state.outcome ?? 'done',
      reply: undefined,
    })
  }

  save(token: number, stay: Stay): void {
    if (stay.due !== undefined) this.news.expectDue(stay.due)
    this.#change(token, { stay })
  }

  /** Moves a message to another queue as it is. */
  moveTo(token: number, queue: QueueEntry): void {
    const { key, stay } = this.of(token)
    this.#change(token, { at: queue.ref, lane: key === '' ? 0 : this.lanes.of(queue, key) })
    if (stay.status === 'ready') this.notify(queue)
  }

  /** Changes what few changes change. */
  amend(
    token: number,
    fields: Pick<Partial<TokenState>, 'content' | 'reply' | 'rev' | 'source' | 'brought'>,
  ): void {
    this.#change(token, fields)
  }

  line(
    { token, hop }: Pick<Known<QueueEntry>, 'token' | 'hop'>,
    queue: QueueEntry,
    event: HistoryEvent,
    note: Note & Why,
  ): OpenLine<QueueEntry> {
    return this.say({ token, hop, queue }, event, note)
  }

  /** Adds a line about a token, a queue, or neither. */
  say({ token, hop, queue }: About<QueueEntry>, event: HistoryEvent, note: Note & Why): DraftLine {
    const line = new DraftLine({ token, hop, queue: queue?.ref ?? 0, at: this.now }, event, note)
    this.undo.push(this.#lines, line)
    return line
  }

  notify(queue: QueueEntry): void {
    this.news.notify(queue)
  }

  expectDue(at: number): void {
    this.news.expectDue(at)
  }

  /** The numbers that were drawn for it and are not given yet. */
  get left(): Drawn {
    return { tokens: this.#tokens.left, revisions: this.records.left }
  }

  /** The tokens that are in this draft, as they are now in it. */
  get changed(): Iterable<TokenState> {
    return this.#states.values()
  }

  get lines(): readonly DraftLine[] {
    return this.#lines
  }

  /** All that is to be written. */
  document(): Document {
    const fresh: object[] = []
    const tokens: object[] = []
    for (const state of this.#states.values()) {
      const cells = cellsOf(state)
      if (this.#fetched.tokens.has(state.token)) tokens.push(cells)
      else fresh.push(cells)
    }
    return {
      fresh,
      tokens,
      ...this.past.document(),
      lines: this.#lines.map((line) => line.cells),
      ...this.counts.document(),
      ...this.gates.document(),
      ...this.lanes.document(),
      ...this.records.document(),
      ...this.box.document(),
      ...this.marks.document(),
    }
  }

  #change(token: number, fields: Partial<TokenState>): void {
    this.#put({ ...this.of(token), ...fields })
  }

  #put(state: TokenState): void {
    const before = this.#states.get(state.token) ?? this.#fetched.tokens.get(state.token)
    this.undo.set(this.#states, state.token, state)
    this.counts.move(before, state)
    this.lanes.note(before, state)
  }
}

const unmarked = { source: undefined, brought: undefined } as const

/** A stay that has ended: what its token was is in the history. */
function vacant(stay: Stay): Stay {
  return { ...fresh({ due: undefined, wait: undefined }), lease: stay.lease }
}

/** What distinguishes the ids of tokens. */
export function idKey(workflow: string, id: string): string {
  return `${workflow}\0${id}`
}
