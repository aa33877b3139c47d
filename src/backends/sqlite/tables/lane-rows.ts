import type { Connection } from '../file/connection.ts'
import { prepared } from './prepared.ts'

/*
 * The lanes of a queue with keys, and the order in which they take turns. A row may say more than is there, never less: a lane that
 * is not `idle` may be empty, its priority may be better than that of any message in it, and one with `suspects` may have none;
 * the next lease finds out. So what makes a message ready has to say so here (`wake`).
 *
 * A lane is `blocked` if the first of its messages that are no suspects does not fit at the gate of its key: it has the token of that
 * one. It is looked at again when the gate may let more pass, at `until`, when another message may be the first (`wake`), and when
 * that one is ready no more, but for a lease in turns (`release`).
 *
 * The messages without a key are in lane 0 of `pw_tokens`, and have the row with an empty key.
 */

/** A lane in line. */
export interface LaneRow {
  readonly ref: number
  readonly key: string
  readonly priority: number
}

/** A message that is ready in a lane. */
interface Ready {
  readonly lane: number
  readonly token: number
  readonly priority: number
}

/** The number that messages of a lane have. */
export function laneOf({ ref, key }: Pick<LaneRow, 'ref' | 'key'>): number {
  return key === '' ? 0 : ref
}

const laneOfToken = `(select coalesce(nullif(t.lane, 0), (select ref from pw_lanes where queue = t.queue and key = ''))
  from pw_tokens t where t.token = @token)`
/** Puts a lane back into the line. */
export const unblocked = 'blocked = null, until = null'

const line = `select ref, key, priority from pw_lanes where queue = ? and idle = 0 and blocked is null
  order by priority, turn limit 0 + ?`
const withSuspects = `select ref, key, priority from pw_lanes where queue = ? and suspects = 1 and (blocked is null or ?)
  limit 0 + ?`
const sleeps = `select 1 from pw_lanes where ref = @lane and (idle or priority > @priority or
  priority = @priority and blocked > @token)`
const wake = `update pw_lanes set idle = 0, ${unblocked}, turn = iif(idle, @turn, turn),
  priority = iif(idle, @priority, min(priority, @priority)) where ref = @lane`
const wakeToken = `update pw_lanes set idle = 0, ${unblocked}, suspects = max(suspects, @suspect),
  priority = min(priority, (select priority from pw_tokens where token = @token)) where ref = ${laneOfToken}`
const wakeDue = `update pw_lanes set idle = 0, ${unblocked}, suspects = 1, priority = min(pw_lanes.priority, d.best) from
    (select lane, min(priority) as best from (select lane, priority from pw_tokens
       where queue = @queue and due <= @now and status = @status order by due limit 0 + @limit) group by lane) d
  where pw_lanes.queue = @queue and pw_lanes.ref = coalesce(nullif(d.lane, 0),
    (select ref from pw_lanes where queue = @queue and key = ''))`
const release = `update pw_lanes set ${unblocked} where ref = ${laneOfToken} and blocked = @token`
const unblock = `update pw_lanes set ${unblocked} where blocked is not null and queue = ?`

/** The statements on lanes, each prepared when it is first needed: few files have lanes. */
export class LaneRows {
  readonly #db: Connection

  constructor(db: Connection) {
    this.#db = db
  }

  /** The lane of a key in a queue; undefined if there is none yet. */
  find(queue: number, key: string): number | undefined {
    const sql = 'select ref from pw_lanes where queue = ? and key = ?'
    return prepared<[number, string], number>(this.#db, sql).pluck().get(queue, key)
  }

  /** The row of the lane of a key in a queue; undefined if there is none yet. */
  named(queue: number, key: string): LaneRow | undefined {
    const sql = 'select ref, key, priority from pw_lanes where queue = ? and key = ?'
    return prepared<[number, string], LaneRow>(this.#db, sql).get(queue, key)
  }

  /** Makes a lane, which is idle. */
  make(queue: number, key: string): number {
    const sql = 'insert into pw_lanes (queue, key, turn, idle) values (?, ?, ?, 1) returning ref'
    const turn = this.turns(queue, 1)
    return prepared<[number, string, number], number>(this.#db, sql).pluck().get(queue, key, turn)!
  }

  /** Takes so many places at the end of the line of a queue, and returns the last. */
  turns(queue: number, count: number): number {
    const sql = 'update pw_queues set turn = turn + ? where ref = ? returning turn'
    return prepared<[number, number], number>(this.#db, sql).pluck().get(count, queue) ?? 0
  }

  /** Records that a message is ready in a lane. */
  wake(queue: number, ready: Ready): void {
    if (prepared<[Ready], number>(this.#db, sleeps).get(ready) === undefined) return
    this.#run(wake, { ...ready, turn: this.turns(queue, 1) })
  }

  /** Records that a message is ready. */
  wakeToken(token: number, suspect: boolean): void {
    this.#run(wakeToken, { token, suspect: suspect ? 1 : 0 })
  }

  /** Records that the first `limit` messages are ready that are due, of those that are delayed and of those that wait. */
  wakeDue(queue: number, now: number, limit: number): void {
    for (const status of ['delayed', 'waiting']) this.#run(wakeDue, { queue, now, status, limit })
  }

  /** The first lanes in line. */
  line(queue: number, limit: number): readonly LaneRow[] {
    return prepared<[number, number], LaneRow>(this.#db, line).all(queue, limit)
  }

  /** Lanes that may have suspects; those that are blocked too if only suspects are wanted: these do not wait for others. */
  suspects(queue: number, isOnly: boolean, limit: number): readonly LaneRow[] {
    return prepared<[number, number, number], LaneRow>(this.#db, withSuspects).all(
      queue,
      isOnly ? 1 : 0,
      limit,
    )
  }

  /** Puts a lane at a place in the line. */
  place(ref: number, turn: number, priority: number): void {
    this.#run('update pw_lanes set turn = ?, priority = ? where ref = ?', turn, priority, ref)
  }

  /** Records that nothing in a lane is ready, but for suspects. */
  idle(ref: number): void {
    this.#run('update pw_lanes set idle = 1 where ref = ?', ref)
  }

  /** Records that a lane has no suspects. */
  calm(ref: number): void {
    this.#run('update pw_lanes set suspects = 0 where ref = ?', ref)
  }

  /** Takes a lane out of the line for its message `token`, until a wall time if one is given. */
  block(ref: number, token: number, until: number | undefined): void {
    const time = until === undefined ? null : Math.ceil(until)
    this.#run('update pw_lanes set blocked = ?, until = ? where ref = ?', token, time, ref)
  }

  /** Records that a message is not ready any more: its lane may have waited for it. */
  release(token: number): void {
    this.#run(release, { token })
  }

  /** Puts the lane of a key in a queue back into the line. */
  unblock(queue: number, key: string): void {
    this.#run(`${unblock} and key = ?`, queue, key)
  }

  /** Puts all lanes of a queue back into the line. */
  unblockAll(queue: number): void {
    this.#run(unblock, queue)
  }

  /** Puts those lanes back whose time has come. */
  unblockDue(queue: number, now: number): void {
    this.#run(`${unblock} and until <= ?`, queue, now)
  }

  #run(sql: string, ...binds: readonly (object | string | number | null)[]): void {
    prepared<unknown[], never>(this.#db, sql).run(...binds)
  }
}
