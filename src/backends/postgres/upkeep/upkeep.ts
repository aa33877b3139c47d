import { keepContext } from '../../../queue/keep-context.ts'
import { sayThrown } from '../../../queue/thrown.mjs'
import type { Database, Session } from '../server/database.ts'
import { isLost, isTransient } from '../server/failures.ts'
import { flushes } from '../server/flushes.ts'
import { longAnswerMs } from '../server/patience.ts'
import { literal } from '../server/qualify.ts'
import type { Chore, Place } from './chore.ts'

/** What the upkeep is made of. */
export interface UpkeepParts {
  readonly database: Database
  readonly chores: readonly Chore[]
  readonly warn: (message: string) => void
  readonly notice: (message: string) => void
}

const lookMs = 10_000
/** Between two small transactions others have their turn. */
const pauseMs = 20
const restForWork = 100
/** A chore that has failed is tried again after so long. */
const failedMs = 600_000

/**
 * Keeps the tables in order beside the work: looks every ten seconds for a chore that is due, of which one process at a time does one.
 * When each is due all processes know of `pw_upkeep`. It never keeps a process alive.
 */
export class Upkeep {
  readonly #parts: UpkeepParts
  readonly #beat: () => void
  readonly #notBefore = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | undefined
  #isClosed = false

  constructor(parts: UpkeepParts) {
    this.#parts = parts
    this.#beat = keepContext(() => {
      this.#working = this.#workOnce().then((isMore) => this.#soon(isMore ? pauseMs : this.#inAMoment()))
    })
    this.#soon(this.#inAMoment())
  }

  /** Does all that is due now. */
  async run(): Promise<void> {
    while (await this.#workOnce());
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#working
  }

  // Processes that have begun at one time do not all look at one time.
  #inAMoment(): number {
    return lookMs * (0.5 + Math.random())
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#isClosed) this.#timer = setTimeout(this.#beat, ms).unref()
  }

  // Returns whether anything was done.
  async #workOnce(): Promise<boolean> {
    const { database, chores, warn } = this.#parts
    let chore: Chore | undefined
    try {
      chore = await this.#due(chores)
      return chore !== undefined && !this.#isClosed && (await this.#do(chore))
    } catch (error) {
      // What was in the way of another, or has lost its connection, has its turn again at the next look.
      const isPassing = isTransient(error) || isLost(error)
      if (chore) this.#notBefore.set(chore.name, performance.now() + (isPassing ? lookMs : failedMs))
      if (!this.#isClosed && !isPassing)
        warn(`The database ${database.where} could not be kept in order: ${sayThrown(error)}.`)
      return chore !== undefined
    }
  }

  async #due(chores: readonly Chore[]): Promise<Chore | undefined> {
    const { database } = this.#parts
    const able = chores.filter(({ name }) => (this.#notBefore.get(name) ?? 0) <= performance.now())
    const [first] = await database.connected((client) =>
      database.statements.rows<{ chore: string }>(
        client,
        `select c.chore from unnest($1::text[]) with ordinality as c(chore, n) left join pw_upkeep u on u.chore = c.chore
           where not exists (select from pw_house where state <> 'open') and coalesce(u.due, 0) <= (select t.now from (select ${database.times}) t) order by coalesce(u.due, 0), n limit 1`,
        [able.map(({ name }) => name)],
      ),
    )
    return able.find(({ name }) => name === first?.chore)
  }

  // Returns whether it was this process's turn.
  async #do(chore: Chore): Promise<boolean> {
    const { database, notice, warn } = this.#parts
    const notices: string[] = []
    const warnings: string[] = []
    const isDone = await database.connected(async (client) => {
      const isolation = chore.isOfOneMoment ? 'repeatable read' : 'read committed'
      try {
        const how = `begin isolation level ${isolation}; set local statement_timeout = ${longAnswerMs}; ${flushes}`
        const session = await database.begin(client, how, { withinMs: longAnswerMs })
        const isMine = await this.#doOn(session, chore, { notices, warnings })
        await database.statements.run(client, 'commit', longAnswerMs)
        return isMine
      } catch (error) {
        if (!isLost(error)) await database.statements.run(client, 'rollback').catch(() => {})
        throw error
      }
    })
    for (const said of notices) notice(said)
    for (const said of warnings) warn(said)
    return isDone
  }

  async #doOn(
    session: Session,
    chore: Chore,
    { notices, warnings }: { readonly notices: string[]; readonly warnings: string[] },
  ): Promise<boolean> {
    const key = literal(`${session.schema}/upkeep`)
    // Who closes the schema to move its queues waits for this, and has it closed before the next begins.
    const registry = literal(`${session.schema}/registry`)
    const [lock] = await session.rows<{ mine: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext(${key}), 0) and pg_try_advisory_xact_lock_shared(hashtext(${registry}), 0) as mine`,
    )
    if (!lock!.mine || !(await isInUse(session))) return false
    await session.rows('insert into pw_upkeep (chore) values ($1) on conflict do nothing', chore.name)
    const [place] = await session.rows<Place & { due: number; spent_ms: number }>(
      'select due, after, spent_ms, note from pw_upkeep where chore = $1 for update',
      chore.name,
    )
    const { now } = session.moment
    if (place!.due > now) return true
    const startedAt = performance.now()
    const {
      isOver,
      after = 0,
      note = null,
    } = await chore.step(
      session,
      place!,
      (said) => notices.push(said),
      (said) => warnings.push(said),
    )
    const spentMs = place!.spent_ms + performance.now() - startedAt
    await session.rows(
      'update pw_upkeep set due = $2, after = $3, spent_ms = $4, note = $5 where chore = $1',
      chore.name,
      isOver ? Math.floor(now + Math.max(chore.restMs, restForWork * spentMs)) : now,
      after,
      isOver ? 0 : spentMs,
      note,
    )
    return true
  }
}

// The queues may be moved elsewhere: then nothing here may change.
async function isInUse({ rows }: Session): Promise<boolean> {
  return (await rows(`select from pw_house where state <> 'open'`)).length === 0
}
