import type { Moment } from '../../../queue/lapse.ts'
import { Metering, minuteMs } from '../../../queue/rules/metering.ts'
import type { Session } from '../server/database.ts'
import type { Taken } from '../server/statements.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { isEmpty, textOf } from './document.ts'
import { Draft } from './draft.ts'
import { fetch } from './fetch.ts'
import { Fetched } from './fetched.ts'
import { Missing, type Needs } from './needs.ts'
import { News } from './news.ts'

/** What a transaction is given by the group that runs it. */
export interface Opening {
  readonly session: Session
  /** The rows of counts that this process changes. */
  readonly slot: number
  /** Whether no other transaction changes anything meanwhile. */
  readonly isAlone: boolean
  readonly zones: ReadonlySet<string>
  /** When the first try has begun, by `performance.now`. */
  readonly since: number
  /** What is known to be needed from a try before. */
  readonly known: Needs
  /** What was read as it began, and whether rows were locked for that. */
  readonly fetched: Fetched
  readonly hasFetched: boolean
}

/** For so long a transaction begins again for messages that another has in hand, in milliseconds. */
const patienceMs = 500

/** One transaction that is open, which the requests of a turn share. */
export class OpenTransaction {
  readonly session: Session
  readonly moment: Moment
  readonly slot: number
  readonly news = new News()
  /** The meters of what was written. */
  readonly meters = new Metering<number>(minuteMs)
  /** Whether anything was written since `beginRequest`: then a request that fails takes the others with it. */
  isWritten = false
  #queues: QueueNames
  readonly #isAlone: boolean
  readonly #zones: ReadonlySet<string>
  readonly #since: number
  readonly #known: Needs
  #fetched: Fetched
  #draft: Draft
  #hasFetched: boolean
  #timesForgotten = 0

  constructor({ session, slot, isAlone, zones, since, known, fetched, hasFetched }: Opening) {
    this.session = session
    this.moment = session.moment
    this.#queues = session.queues
    this.slot = slot
    this.#isAlone = isAlone
    this.#zones = zones
    this.#since = since
    this.#known = known
    this.#fetched = fetched
    this.#hasFetched = hasFetched
    this.#draft = this.#begin()
  }

  /** The schema that the tables are in. */
  get schema(): string {
    return this.session.schema
  }

  get queues(): QueueNames {
    return this.#queues
  }

  /** Reads the queues again, as this transaction has made them. */
  async reread(): Promise<QueueNames> {
    await this.settle()
    this.#queues = await this.session.reread()
    this.#draft = this.#begin()
    return this.#queues
  }

  /** What the rules have changed that is not written yet. */
  get draft(): Draft {
    return this.#draft
  }

  /** Keeps what the rules have changed so far, whatever becomes of the rest of the request. */
  keep(): void {
    this.#draft.undo.keep()
  }

  /**
   * How a lease behind gates locks what it may lease. What another transaction has in hand is waited for, by beginning again, since its
   * turn would be lost; but not for long.
   */
  get passingLock(): 'nowait' | 'skip locked' {
    return performance.now() - this.#since > patienceMs ? 'skip locked' : 'nowait'
  }

  /** Has the transaction begin again with a zone for itself, unless it has. */
  within(zone: string | undefined): void {
    this.#draft.within(zone)
  }

  /** Makes it ready for the next request. */
  beginRequest(): void {
    this.#draft.undo.keep()
    this.isWritten = false
  }

  /** Takes back what the request has changed that runs, where nothing of it is written. */
  takeBack(): void {
    this.#draft.undo.back()
  }

  /** Reads what requests will need, in one go. */
  async expect(needs: Needs): Promise<void> {
    this.#known.addAll(needs)
    await this.#fetch(this.#hasFetched ? needs : this.#known)
  }

  /** How many times what was read has been dropped, since a statement may have changed it. */
  get timesForgotten(): number {
    return this.#timesForgotten
  }

  /** Runs the rules over what this transaction works on. They are synchronous: what they need and was not read is read, and they run again. */
  async run<T>(rules: (draft: Draft) => T): Promise<T> {
    for (;;) {
      const { undo } = this.#draft
      const { mark } = undo
      try {
        return rules(this.#draft)
      } catch (error) {
        if (!(error instanceof Missing)) throw error
        undo.back(mark)
        this.#known.addAll(error.needs)
        await this.#fetch(error.needs)
      }
    }
  }

  /** Whether the rules can run with what was read so far; what they need beside it is added to `needs`. */
  lacks(rules: (draft: Draft) => unknown, needs: Needs): void {
    const { undo } = this.#draft
    const { mark } = undo
    try {
      rules(this.#draft)
    } catch (error) {
      if (error instanceof Missing) needs.addAll(error.needs)
    } finally {
      undo.back(mark)
    }
  }

  /** Runs one statement that sees all that was changed before. What was read for the rules is read anew, where they need it again. */
  readonly rows = async <Row extends object>(
    sql: string,
    ...values: readonly unknown[]
  ): Promise<readonly Row[]> => {
    const found = await this.write<Row>(sql, ...values)
    this.#forget()
    return found
  }

  /** Runs one statement that sees all that was changed before, and writes, but nothing that the rules read. */
  async write<Row extends object>(sql: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    this.isWritten = true
    return this.look<Row>(sql, ...values)
  }

  /** Runs one statement that sees all that was changed before, and changes nothing that the rules read. */
  async look<Row extends object>(sql: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    await this.settle()
    return this.session.rows<Row>(sql, ...values)
  }

  /** Writes all that the rules have changed. */
  async settle(): Promise<void> {
    const taken = this.take()
    if (!taken) return
    this.isWritten = true
    await this.session.rows('select pw_apply($1::json, $2::integer)', taken.document, taken.slot)
  }

  /** What the rules have changed and is not written: the caller writes it. Undefined if there is none. */
  take(): Taken | undefined {
    const document = this.#draft.document()
    this.#tell(this.#draft)
    if (isEmpty(document)) {
      this.#draft = this.#begin()
      return undefined
    }
    this.#forget()
    return { document: textOf(document), slot: this.slot }
  }

  // The numbers that were drawn and not given are still to be given.
  #forget(): void {
    this.#fetched = new Fetched(this.#draft.left)
    this.#draft = this.#begin()
    this.#timesForgotten++
  }

  /** Records that something in a queue has become visible. */
  notify(queue: QueueEntry): void {
    this.news.notify(queue)
  }

  #begin(): Draft {
    return new Draft(this.#fetched, {
      moment: this.moment,
      queues: this.#queues,
      isAlone: this.#isAlone,
      zones: this.#zones,
    })
  }

  // What comes later must not wait for a lock: another transaction may wait for what is locked here.
  async #fetch(needs: Needs): Promise<void> {
    if (needs.isEmpty) return
    const { rows, together } = this.session
    const from = {
      session: { rows, together, moment: this.moment, queues: this.#queues },
      fetched: this.#fetched,
      hasZone: (zone: string) => this.#isAlone || this.#zones.has(zone),
    }
    await fetch(from, needs, this.#hasFetched && needs.locks)
    this.#hasFetched ||= needs.locks
  }

  #tell({ news, lines }: Draft): void {
    for (const queue of news.visible) this.news.notify(queue)
    for (const gate of news.rung) this.news.rung.add(gate)
    this.news.expectDue(news.nextDue)
    this.news.expectUntil(news.nextUntil)
    for (const line of lines) line.meter(this.meters)
  }
}
