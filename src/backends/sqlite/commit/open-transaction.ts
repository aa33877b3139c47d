import type { Fence, Note, Why } from '../../../queue/change.ts'
import type { HeldLeases } from '../../../queue/held-leases.ts'
import type { TokenOutcome } from '../../../queue/journey.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { leaseLost } from '../../../queue/refusals.ts'
import type { Stay, Term } from '../../../queue/rules/stay.ts'
import type { About, Arrival, Known, OpenLine, World } from '../../../queue/rules/world.ts'
import type { Succession } from '../../../queue/succession.ts'
import type { Connection } from '../file/connection.ts'
import type { Event } from '../file/history-events.ts'
import { isRefusal, isSqliteError } from '../file/sqlite-error.ts'
import { BoxRows } from '../tables/box-rows.ts'
import { MarkRows } from '../tables/mark-rows.ts'
import { Owners } from '../tables/owners.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { RecordRows } from '../tables/record-rows.ts'
import { Registry } from '../tables/registry.ts'
import { restOf } from '../tables/rest-of.ts'
import { TextRows } from '../tables/text-rows.ts'
import { TokenIds } from '../tables/token-ids.ts'
import { TokenRows } from '../tables/token-rows.ts'
import { asksText } from '../tables/tolls-text.ts'
import { ValueRows } from '../tables/value-rows.ts'
import { Counts } from './counts.ts'
import { History } from './history.ts'
import { Meters } from './meters.ts'
import type { Arrived, Move } from './move.ts'
import { Moves } from './moves.ts'
import { News } from './news.ts'
import { OpenBox } from './open-box.ts'
import { OpenGates } from './open-gates.ts'
import { OpenLanes } from './open-lanes.ts'
import { OpenMarks } from './open-marks.ts'
import { OpenPast } from './open-past.ts'
import { OpenRecords } from './open-records.ts'
import { RunAgain } from './run-again.ts'

/**
 * The one transaction that is open, which the requests of a turn share. Every change of a request goes through here: the
 * hops that are gathered until they are leased or the transaction ends (moves.ts), the lines of the history, and the news
 * for watchers. Code that looks at rows uses `rows`, which writes the gathered hops first, so that this cannot be
 * forgotten; each method that changes something records that by itself.
 */
export class OpenTransaction implements World<QueueEntry> {
  readonly registry: Registry
  /** The leases that this process holds now. */
  readonly held: HeldLeases
  readonly ids: TokenIds
  readonly records: OpenRecords
  readonly box: OpenBox
  /** What it changes in the counts of queues. */
  readonly counts: Counts
  /** The meters of this process. */
  readonly meters: Meters
  readonly gates: OpenGates
  readonly lanes: OpenLanes
  readonly past: OpenPast
  readonly marks: OpenMarks
  readonly #rows: TokenRows
  readonly #moves: Moves
  readonly #history: History
  readonly #owners: Owners
  #nextToken: number | undefined
  now = 0
  elapsed = 0
  /** Whether nothing is gathered, and each request has a savepoint: the first try has failed, and it is not known which request is to blame. */
  careful = false
  /** Whether the request that runs has changed anything yet: if not, it can fail alone. */
  isChanged = false
  readonly news = new News()

  constructor(db: Connection, held: HeldLeases) {
    this.held = held
    this.registry = new Registry(db)
    this.counts = new Counts(db)
    this.meters = new Meters(db)
    this.#rows = new TokenRows(db, this.counts)
    this.#moves = new Moves(db, this.counts)
    this.#owners = new Owners(db)
    this.#history = new History(db, this.#owners)
    this.records = new OpenRecords(new RecordRows(db), this)
    this.box = new OpenBox(new BoxRows(db), {
      open: this,
      changed: () => this.changed(),
      settle: () => this.settle(),
      queueOf: (ref) => this.registry.of(ref),
      moveOf: (token) => this.#moves.of(token),
      enters: (workflow, id) => this.#moves.enters(workflow, id) !== undefined,
      row: (token) => (this.#moves.of(token) ? this.rows : this.#rows).get(token),
    })
    this.gates = new OpenGates(db, this)
    this.lanes = new OpenLanes(db, this)
    this.past = new OpenPast(new ValueRows(db), this)
    this.marks = new OpenMarks({ rows: new MarkRows(db), texts: new TextRows(db) }, this)
    this.ids = new TokenIds(() => this.#rows)
  }

  /** Makes it ready for a transaction that has begun. */
  begin({ now, elapsed }: Moment): void {
    this.now = Math.floor(now)
    this.elapsed = Math.floor(elapsed)
    this.news.clear()
    this.meters.clear()
    this.#history.takeWritten()
    this.gates.clear()
    this.#nextToken = undefined
    this.beginRequest()
  }

  /** Makes it ready for the next request. */
  beginRequest(): void {
    this.isChanged = false
  }

  /** The rows of the tokens, to be read and changed one by one, with all changes of this transaction so far. */
  get rows(): TokenRows {
    this.settle()
    return this.#rows
  }

  queue(name: string): QueueEntry {
    return this.registry.queue(name)
  }

  get succession(): Succession<QueueEntry> {
    return this.registry.succession
  }

  known(workflow: string, id: string): Known<QueueEntry> | undefined {
    if (this.#moves.enters(workflow, id)) this.settle()
    const found = this.#rows.find(workflow, id)
    const isGathered = found && (this.#moves.of(found.token) || this.box.hasFor(found.token))
    const row = isGathered ? this.rows.get(found.token) : found
    return row && { ...row, queue: row.queue === undefined ? undefined : this.registry.of(row.queue) }
  }

  pop(queue: QueueEntry, fence: Fence): number {
    const token = this.ids.of(queue.workflow, fence.id)
    if (token === undefined || this.#moves.of(token)) throw leaseLost(fence)
    const { id, hop, lease } = fence
    this.isChanged = true
    this.#moves.add({
      token,
      id,
      workflow: queue.workflow,
      fence: { queue: queue.ref, hop, lease },
      at: undefined,
      to: undefined,
      end: undefined,
    })
    if (this.careful && !this.#moves.flush(this.now).isProven) throw leaseLost(fence)
    return token
  }

  vacate(token: number): void {
    this.isChanged = true
    this.#release(token)
    this.rows.vacate(token)
  }

  enter(queue: QueueEntry, id: string, to: Arrival): number {
    const { ref, workflow } = queue
    this.isChanged = true
    const token = this.#nextToken ?? this.#rows.next()
    this.#nextToken = token + 1
    const move: Move = { token, id, workflow, fence: undefined, at: undefined, to: undefined, end: undefined }
    this.#moves.add(move)
    this.#moves.arrive(move, ref, to)
    this.#tell(queue, to)
    if (isKeyedOrTolled(queue, to)) this.#mark(token, queue, to)
    else if (this.careful) this.settle()
    return token
  }

  enterAgain(token: number, queue: QueueEntry, to: Arrival): void {
    this.rows.enterAgain(token, to, this.now)
    this.#place(token, queue, to)
  }

  arrive(token: number, queue: QueueEntry, to: Arrival): void {
    this.isChanged = true
    const move = this.#moves.of(token)
    if (!move) return this.#place(token, queue, to)
    this.#moves.arrive(move, queue.ref, to)
    this.#tell(queue, to)
    if (isKeyedOrTolled(queue, to)) this.#mark(token, queue, to)
  }

  // What few messages have is written by itself, so that all others are not slowed down.
  #mark(token: number, queue: QueueEntry, to: Arrival): void {
    const { key, asks, priority } = to
    const lane = key === undefined && !queue.keyed ? 0 : this.lanes.of(queue, key ?? '')
    this.rows.mark(token, { lane: key === undefined ? 0 : lane, tolls: asksText(asks) })
    if (lane !== 0 && restOf(to) === 'ready') this.lanes.wake(queue.ref, { lane, token, priority })
  }

  #place(token: number, queue: QueueEntry, to: Arrival): void {
    this.isChanged = true
    this.#release(token)
    this.rows.place(token, queue.ref, { to, now: this.now })
    if (to.more) this.#moves.complete(token, to.more)
    if (to.due === undefined) this.news.isForOthers = true
    this.#tell(queue, to)
    if (isKeyedOrTolled(queue, to)) this.#mark(token, queue, to)
  }

  #release(token: number): void {
    if (this.registry.hasKeys) this.lanes.release(token)
  }

  // What is dead, or waits for ever, is not told.
  #tell(queue: QueueEntry, { due, more }: Arrival): void {
    const restsForEver = more && due === undefined && (more.dead || more.wait)
    if (!restsForEver) this.news.hasCome(queue, due)
  }

  end(token: number, outcome: TokenOutcome | undefined): void {
    const move = this.#moves.of(token)
    if (move) move.end = { outcome: outcome ?? null }
    else this.rows.leave(token, outcome, this.now)
  }

  save(token: number, stay: Stay): void {
    this.isChanged = true
    // The rows of other tokens need not be written for that.
    const rows = this.#moves.of(token) ? this.rows : this.#rows
    rows.save(token, stay)
    if (stay.status === 'ready' && this.registry.hasKeys) this.lanes.wakeToken(token, stay.suspect)
  }

  /** Records that the request has changed something. */
  changed(): void {
    this.isChanged = true
  }

  notify(queue: QueueEntry): void {
    this.isChanged = true
    this.news.notify(queue)
  }

  expectDue(at: number): void {
    this.news.expectDue(at)
  }

  /** Adds a line to the history of a token that is, or was, in `queue`. */
  line(
    { token, hop }: { readonly token: number; readonly hop: number },
    queue: QueueEntry,
    event: Event,
    note: Note & Why,
  ): OpenLine<QueueEntry> {
    this.isChanged = true
    return this.#history.add({ at: this.now, token, hop, queue: queue.ref }, event, note)
  }

  /** Adds a line about a token, a queue, or neither. */
  say({ token, hop, queue }: About<QueueEntry>, event: Event, note: Note & Why): void {
    this.isChanged = true
    this.#history.add({ at: this.now, token, hop, queue: queue?.ref ?? 0 }, event, note)
  }

  /** The messages that have come to a queue in this transaction, are not in their rows yet, and may be leased, in that order. */
  arrivedAt(queue: QueueEntry): readonly Arrived[] {
    return this.#moves.at(queue.ref)
  }

  /** Leases the first `count` of these. */
  leaseArrived(queue: QueueEntry, count: number, term: Term): readonly Arrived[] {
    const leased = this.#gathered(() => {
      this.past.settle()
      return this.#moves.lease(queue.ref, count, term)
    })
    if (leased) return leased
    throw new RunAgain()
  }

  /** Writes all that is gathered, except the history, which nothing reads meanwhile. */
  settle(): void {
    const { isProven, hasArrived } = this.#gathered(() => {
      this.past.settle()
      return this.#moves.flush(this.now)
    })
    if (!isProven) throw new RunAgain()
    this.news.isForOthers ||= hasArrived
    // After the rows: a row that has just come says nothing yet of what brought it.
    if (this.marks.isWaiting) this.#gathered(() => this.marks.settle())
    this.settleBoxes()
  }

  /** Writes the letters that are gathered, and wakes those that have waited for them. */
  settleBoxes(): void {
    this.#gathered(() => this.box.settle())
  }

  // The request that writes what others have gathered is not to blame for a row that is refused, nor are all the others.
  #gathered<T>(write: () => T): T {
    try {
      return write()
    } catch (error) {
      if (this.careful || (isSqliteError(error) && !isRefusal(error))) throw error
      throw new RunAgain()
    }
  }

  /** Writes the history, the gates and the counts: at the end, or when a request has ended that was run carefully. */
  settleHistory(): void {
    this.#history.settle()
    this.gates.settle()
    this.counts.settle()
  }

  /** Writes the meters of what was done, where nothing will tell whether the transaction was committed. */
  settleMeters(): void {
    this.meters.write(this.#history.takeWritten())
  }

  /** Remembers what was learnt in a transaction that has been committed. */
  committed(): void {
    this.#owners.committed()
    this.registry.committed()
    this.ids.committed()
    this.meters.committed(this.now, this.#history.takeWritten())
    this.careful = false
  }

  /** Forgets what a transaction, or a request's part of it, has gathered and learnt that is rolled back. */
  discard(): void {
    this.#moves.clear()
    this.box.clearGathered()
    this.past.clear()
    this.#history.clear()
    this.counts.clear()
    this.gates.clear()
    this.marks.clear()
    this.#owners.clear()
    this.registry.clear()
    this.ids.discard()
    this.#nextToken = undefined
  }
}

function isKeyedOrTolled(queue: QueueEntry, { asks, key }: Arrival): boolean {
  return asks !== undefined || key !== undefined || queue.keyed === 1
}
