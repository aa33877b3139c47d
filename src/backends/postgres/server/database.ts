import type { PoolClient } from 'pg'
import { type Clock, systemClock } from '../../../queue/clock.ts'
import { BackendError } from '../../../queue/errors.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { entryOf, type QueueCells, queueColumns } from '../tables/queue-entry.ts'
import { QueueNames } from '../tables/queue-names.ts'
import { isLost, isRefused, isTransient } from './failures.ts'
import { answerMs, lostReadMs, Outage, ownIdle } from './patience.ts'
import type { PoolLike } from './pool-like.ts'
import { sayFailure } from './say-failure.ts'
import { Statements } from './statements.ts'
import { atOnce, oneByOne, Sending, type Together } from './together.ts'

/** What a database is opened with. */
export interface DatabaseParts {
  readonly pool: PoolLike
  /** Whether closing the database ends the pool. */
  readonly isOwn: boolean
  readonly schema: string
  readonly prepares: boolean
  /** The clock of a test; undefined for that of the database. */
  readonly clock: Clock | undefined
  /** Where it is, for sentences: without a password. */
  readonly where: string
}

/** A connection that is in a transaction, at a moment, with the queues as they are then. */
export interface Session {
  readonly moment: Moment
  /** When that was, by the monotonic clock of this process. */
  readonly beganAt: number
  readonly queues: QueueNames
  /**
   * Runs one statement and resolves with its rows. Our tables, functions and sequences are named `pw_...` in it, without a schema.
   */
  rows<Row extends object>(sql: string, ...values: readonly unknown[]): Promise<readonly Row[]>
  /** Runs statements without values, in one round trip. */
  run(sql: string): Promise<unknown>
  readonly together: Together
  readonly schema: string
  /** Reads the queues again. */
  reread(): Promise<QueueNames>
}

/** A session of which it is not known yet when it has begun, but by the answer to its first statement. */
export type Beginning = Pick<Session, 'moment' | 'queues' | 'rows' | 'together'>

/** How a transaction begins. */
export interface Beginnings {
  /** In milliseconds: the connection counts as lost if a statement is not answered within that. */
  readonly withinMs?: number
  /** Reads what can be said before, with the queues as they were found last: by statements that travel with the first, if they can. */
  readonly ahead?: ((session: Beginning) => Promise<void>) | undefined
}

interface Begun {
  readonly now: number
  readonly elapsed: number
  readonly registry: number
}

/** The tables of one schema, reached through a pool. */
export class Database {
  readonly where: string
  readonly schema: string
  readonly statements: Statements
  readonly #parts: DatabaseParts
  #names: QueueNames = new QueueNames([], { version: -1, former: new Map(), declared: new Map() })
  readonly #declared = new Map<string, number>()
  /** What connections are in use for. */
  readonly #inUse = new Set<Promise<unknown>>()
  #isPooled = false
  #isClosing = false
  #isClosed = false

  constructor(parts: DatabaseParts) {
    this.#parts = parts
    this.where = parts.where
    this.schema = parts.schema
    this.statements = new Statements(parts.schema, parts.prepares)
  }

  /** The queues as they were found last. */
  get names(): QueueNames {
    return this.#names
  }

  /** Binds names to the numbers of their queues, as a declaration that was committed has found them. */
  bind(refs: ReadonlyMap<string, number>): void {
    for (const [name, ref] of refs) this.#declared.set(name, ref)
    this.forget()
  }

  /** Reads the queues, if they have changed. */
  async learn(): Promise<void> {
    await this.read(() => Promise.resolve())
  }

  /** Has the queues read again before they are used. */
  forget(): void {
    this.#names = new QueueNames([], { version: -1, former: new Map(), declared: new Map() })
  }

  /** The time of the clock of a test; undefined where that of the database counts. */
  fixedMoment(): Moment | undefined {
    const { clock } = this.#parts
    return clock && { now: Math.floor(clock.now()), elapsed: Math.floor(clock.elapsed()) }
  }

  /** The monotonic clock of this process. */
  elapsed(): number {
    return (this.#parts.clock ?? systemClock).elapsed()
  }

  /** Runs `work` on a connection of the pool; rejects with what the driver says if there is none. */
  async connected<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw this.closedError()
    const using = this.#use(work)
    this.#inUse.add(using)
    try {
      return await using
    } finally {
      this.#inUse.delete(using)
    }
  }

  async #use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = (await this.#parts.pool.connect()) as PoolClient
    // What a broken connection emits while nothing runs on it must not end the process.
    const ignore = () => {}
    client.on('error', ignore)
    let broken: Error | undefined
    try {
      return await work(client)
    } catch (error) {
      if (!isRefused(error)) broken = error as Error
      throw error
    } finally {
      client.off('error', ignore)
      client.release(broken)
    }
  }

  /** Whether only what is under way is done. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  /** Whether the number that a connection was told as it began is that of its session on the server. */
  get knowsSessions(): boolean {
    return !this.#isPooled
  }

  /** A pooler is in between. */
  pooled(): void {
    this.#isPooled = true
  }

  /** Refuses what is asked for from now on, but for what is under way. */
  refuse(): void {
    this.#isClosing = true
  }

  /** Runs `work`, which only reads, on one snapshot. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.asked(async (client) => {
      try {
        const session = await this.begin(client, 'begin isolation level repeatable read read only')
        const done = await work(session)
        await this.statements.run(client, 'commit')
        return done
      } catch (error) {
        if (!isLost(error)) await this.statements.run(client, 'rollback').catch(() => {})
        throw error
      }
    })
  }

  /** Runs `work`, which only reads, on a connection: again when that was lost, for some time, or when others were in its way. */
  async asked<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#isClosing) throw this.closedError()
    const outage = new Outage(() => (this.#isClosing ? 0 : lostReadMs))
    for (let tries = 1; ; tries++) {
      try {
        return await this.connected(work)
      } catch (error) {
        if (isLost(error)) await outage.bear(error).catch((last) => Promise.reject(this.say(last)))
        else if (!isTransient(error) || tries > 5) throw this.say(error)
      }
    }
  }

  /** Begins a transaction on `client`, by the statements `how`. */
  async begin(
    client: PoolClient,
    how: string,
    { withinMs = answerMs, ahead }: Beginnings = {},
  ): Promise<Session> {
    const beganAt = this.elapsed()
    const names = this.#names
    let begun: Begun | undefined
    const momentOf = () => ({ now: begun!.now, elapsed: begun!.elapsed })
    const asked = this.statements
      .run<Begun>(client, `${how}; ${ownIdle}; select ${this.times}, registry from pw_meta`, withinMs)
      .then(([found]) => {
        begun = found!
      })
    const sending = new Sending()
    const rows = sending.noting((sql: string, ...values: readonly unknown[]) =>
      this.statements.rows(client, sql, values, withinMs),
    ) as Session['rows']
    const isPiped = client.pipeline === true
    const together = isPiped ? sending.atOnce : oneByOne
    if (!isPiped) await asked
    const beginning = {
      ...{ rows, together, queues: names },
      get moment() {
        return momentOf()
      },
    }
    await atOnce([() => asked, async () => ahead?.(beginning)])
    if (begun!.registry !== this.#names.version) this.#names = await this.readNames(client)
    return {
      moment: momentOf(),
      beganAt,
      queues: this.#names,
      rows,
      together,
      run: (sql) => this.statements.run(client, sql, withinMs),
      schema: this.schema,
      reread: () => this.readNames(client),
    }
  }

  /** The columns `now` and `elapsed`: the time, in the terms of which those in the tables are. */
  get times(): string {
    const { clock } = this.#parts
    return clock
      ? `${Math.floor(clock.now())}::bigint as now, ${Math.floor(clock.elapsed())}::bigint as elapsed`
      : 'pw_now() as now, pw_now() as elapsed'
  }

  /** Reads what is known of queues, in the transaction that is open. */
  readNames(client: PoolClient): Promise<QueueNames> {
    return this.namesBy((sql, ...values) => this.statements.rows(client, sql, values))
  }

  /** Reads it by `rows`. */
  async namesBy(rows: Session['rows']): Promise<QueueNames> {
    const meta = await rows<{ registry: number }>('select registry from pw_meta')
    const all = await rows<QueueCells>(`select ${queueColumns} from pw_queues order by ref`)
    const former = await rows<{ name: string; ref: number }>('select name, ref from pw_names')
    return new QueueNames(all.map(entryOf), {
      version: meta[0]!.registry,
      former: new Map(former.map(({ name, ref }) => [name, ref])),
      declared: this.#declared,
    })
  }

  /** What is said to callers of an error of the database, or of the way to it. */
  say(error: unknown): unknown {
    return sayFailure(this.where, error)
  }

  closedError(): BackendError {
    return new BackendError(`The database ${this.where} is closed.`, { isClosed: true })
  }

  /** Resolves when no connection is in use any more, a look that was under way among them, and a pool of ours is closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#inUse)
    if (this.#parts.isOwn) await this.#parts.pool.end?.()
  }
}
