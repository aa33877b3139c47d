import type { OpenTransaction } from '../commit/open-transaction.ts'

/** A lane in line. */
export interface LaneRow {
  readonly ref: number
  readonly key: string
  readonly priority: number
}

/** A lane that is blocked by its first message, until a time if one is given. */
export interface Blocked {
  readonly lane: LaneRow
  readonly token: number
  readonly until: number | undefined
}

/** The number that messages of a lane have. */
export function laneOf({ ref, key }: Pick<LaneRow, 'ref' | 'key'>): number {
  return key === '' ? 0 : ref
}

/** The lanes of one queue, as a lease changes them. */
export class LaneRows {
  readonly #open: OpenTransaction
  readonly #queue: number

  constructor(open: OpenTransaction, queue: number) {
    this.#open = open
    this.#queue = queue
  }

  /** Puts those lanes back into the line whose time has come. */
  async unblockDue(): Promise<void> {
    await this.#run(
      'update pw_lanes set blocked = null, until = null where blocked is not null and queue = $1 and until <= $2',
      this.#open.moment.now,
    )
  }

  /** The first lanes in line, in their order. */
  async line(limit: number): Promise<readonly LaneRow[]> {
    return this.#open.look<LaneRow>(
      `select ref, key, priority from pw_lanes where queue = $1 and not idle and blocked is null
         order by priority, turn limit $2`,
      this.#queue,
      limit,
    )
  }

  /** Lanes that may have suspects; those that are blocked too if only suspects are wanted: these do not wait for others. */
  async suspects(isOnly: boolean, limit: number): Promise<readonly LaneRow[]> {
    return this.#open.look<LaneRow>(
      `select ref, key, priority from pw_lanes where queue = $1 and suspects and (blocked is null or $2) limit $3`,
      this.#queue,
      isOnly,
      limit,
    )
  }

  /** The lane of a key, unless another transaction has it in hand. */
  async named(key: string): Promise<LaneRow | undefined> {
    const rows = await this.#open.look<LaneRow>(
      'select ref, key, priority from pw_lanes where queue = $1 and key = $2',
      this.#queue,
      key,
    )
    return rows[0]
  }

  /** Puts lanes at the end of the line, one behind the other. */
  async toTheEnd(lanes: readonly LaneRow[]): Promise<void> {
    if (lanes.length === 0) return
    await this.#run(
      `update pw_lanes l set turn = n.turn, priority = n.priority from (select v.ref, v.priority, nextval('pw_turns_of_lanes') as turn
         from unnest($2::bigint[], $3::bigint[]) with ordinality as v(ref, priority, n) order by v.n) n where l.ref = n.ref and l.queue = $1`,
      lanes.map(({ ref }) => ref),
      lanes.map(({ priority }) => priority),
    )
  }

  /** Puts a lane in line with another priority, where it was. */
  async move({ ref }: LaneRow, priority: number): Promise<void> {
    await this.#run('update pw_lanes set priority = $3 where ref = $2 and queue = $1', ref, priority)
  }

  /** Records that nothing in a lane is ready, but for suspects. */
  async idle({ ref }: LaneRow): Promise<void> {
    await this.#run('update pw_lanes set idle = true where ref = $2 and queue = $1', ref)
  }

  /** Records that a lane has no suspects. */
  async calm({ ref }: LaneRow): Promise<void> {
    await this.#run('update pw_lanes set suspects = false where ref = $2 and queue = $1', ref)
  }

  /** Takes lanes out of the line, each for a message, until a time if one is given. */
  async block(blocked: readonly Blocked[]): Promise<void> {
    if (blocked.length === 0) return
    await this.#run(
      `update pw_lanes l set blocked = b.token, until = b.until
         from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as b(ref, token, until) where l.ref = b.ref and l.queue = $1`,
      blocked.map(({ lane }) => lane.ref),
      blocked.map(({ token }) => token),
      blocked.map(({ until }) => (until === undefined ? null : Math.ceil(until))),
    )
  }

  async #run(sql: string, ...values: readonly unknown[]): Promise<void> {
    await this.#open.write(sql, this.#queue, ...values)
  }
}
