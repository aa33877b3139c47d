import type { PoolClient, QueryConfig } from 'pg'
import type { Moment } from '../../../queue/lapse.ts'
import type { Database } from '../server/database.ts'
import { againState, isLost, isServerError } from '../server/failures.ts'
import { flushes } from '../server/flushes.ts'
import { pauseLost } from '../server/patience.ts'
import { literal } from '../server/qualify.ts'

/** For so long it is asked whether a turn was committed, in milliseconds, and for so long each time. */
const findMs = 20_000
const askMs = 4000
/** The connection by which it is asked may be as lost as the other. */
const answerMs = 2 * askMs

/** A turn that was committed. */
interface Recorded {
  /** The places of its plain hops that were refused, from 1. */
  readonly refused: readonly number[]
}

/**
 * Numbers the transactions of a process, and has the database remember the last that was committed, so that one whose answer was lost
 * is not done twice. A number is larger than those before it, and a smaller one is not recorded any more: what was given up cannot be
 * committed afterwards, however late its statements reach the server.
 */
export class Turns {
  readonly #database: Database
  /** The number under which they are recorded. */
  readonly writer: number
  #last = 0

  constructor(database: Database, writer: number) {
    this.#database = database
    this.writer = writer
  }

  /** The number of the next transaction. */
  next(): number {
    return ++this.#last
  }

  /**
   * The statement that records of a transaction that it is that turn, and fails if it was given up meanwhile. It is the last: a session
   * that has lost its client on the way, and does not notice, keeps the row of its process from none of the turns after it.
   */
  recording(turn: number, { now }: Moment): string {
    return `with recorded as (insert into pw_turns as t (instance, turn, at) values (${this.writer}, ${turn}, ${now})
      on conflict (instance) do update set turn = excluded.turn, refused = null, at = excluded.at where t.turn < excluded.turn returning turn)
      select pw_again() where not exists (select from recorded)`
  }

  /**
   * A turn whose answer was lost, if it was committed; if not (false), it cannot be any more. Undefined if that cannot be found out within
   * 20 seconds. `session` is the number of its session, if that is known: one that has lost its client, and does not know it yet, is ended.
   */
  async find(turn: number, session: number | undefined): Promise<Recorded | false | undefined> {
    const until = performance.now() + findMs
    for (let tries = 1; performance.now() < until; tries++) {
      try {
        return await this.#database.connected((client) => this.#ask(client, turn))
      } catch (error) {
        if (isHeld(error)) await this.#end(session).catch(() => {})
        else if (!isLost(error)) return undefined
        await pauseLost(tries)
      }
    }
    return undefined
  }

  // The row of this process is locked by the session that is still at it, so this waits for its end.
  async #ask(client: PoolClient, turn: number): Promise<Recorded | false> {
    const { statements } = this.#database
    try {
      await statements.run(
        client,
        `begin isolation level read committed; set local lock_timeout = 0; set local statement_timeout = ${askMs};
           set local idle_in_transaction_session_timeout = ${2 * askMs}; ${flushes}`,
        answerMs,
      )
      const [found] = await statements.rows<{ turn: number; refused: readonly number[] | null }>(
        client,
        'insert into pw_turns as t (instance, turn, at) values ($1, 0, 0) on conflict (instance) do update set at = t.at returning turn, refused',
        [this.writer],
        answerMs,
      )
      const isDone = found!.turn === turn
      const given = [this.writer, this.next()]
      if (!isDone)
        await statements.rows(client, 'update pw_turns set turn = $2 where instance = $1', given, answerMs)
      await statements.run(client, 'commit', answerMs)
      return isDone && { refused: found!.refused ?? [] }
    } catch (error) {
      if (!isLost(error)) await statements.run(client, 'rollback', answerMs).catch(() => {})
      throw error
    }
  }

  async #end(session: number | undefined): Promise<void> {
    if (session === undefined) return
    const mark = literal(`%${this.#database.statements.qualified('pw_turns')}%`)
    await this.#database.connected((client) =>
      client.query({
        text: `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and usename = current_user
           and datname = current_database() and state = 'idle in transaction' and query like ${mark}`,
        values: [session],
        query_timeout: answerMs,
      } as QueryConfig),
    )
  }
}

/** Whether another session is at it for too long. */
function isHeld(error: unknown): boolean {
  return isServerError(error) && ['57014', '55P03', '40P01', againState].includes(error.code)
}
