import type { OpenTransaction } from '../commit/open-transaction.ts'
import { type LaneRow, laneOf } from '../tables/lane.ts'

/** A message that is ready. */
export interface Ready {
  readonly token: number
  readonly priority: number
  /** JSON texts; null for none. */
  readonly value: string | null
  readonly frames: string | null
}

/** A lane in line with its first messages. */
export interface Lined {
  readonly lane: LaneRow
  readonly firsts: readonly Ready[]
}

interface Row extends LaneRow {
  readonly token: number | null
  readonly first: number
  readonly value: string | null
  readonly frames: string | null
}

/** The lanes of one queue, as a lease reads them. */
export class LaneRows {
  readonly #open: OpenTransaction
  readonly #queue: number

  constructor(open: OpenTransaction, queue: number) {
    this.#open = open
    this.#queue = queue
  }

  /** Puts those lanes back into the line whose time has come. */
  async unblockDue(): Promise<void> {
    await this.#open.write(
      'update pw_lanes set blocked = null, until = null where blocked is not null and queue = $1 and until <= $2',
      this.#queue,
      this.#open.moment.now,
    )
  }

  /**
   * The lanes of one priority that are first in line, in their order: up to `limit`, each with its first messages that are ready and no
   * suspects, so many that there are `limit` of all if each has enough.
   */
  async line(limit: number): Promise<readonly Lined[]> {
    return linedOf(
      await this.#open.look<Row>(
        `with line as (select ref, key, priority, turn from pw_lanes where queue = $1 and not idle and blocked is null
             order by priority, turn limit $2),
           these as (select *, ceil($2::numeric / count(*) over ()) as share from line where priority = (select min(priority) from line))
         select l.ref, l.key, l.priority, ${firstCells} from these l left join lateral
           (${this.#firstsOf("case when l.key = '' then 0 else l.ref end", 'l.share')}) t on true order by l.turn, t.priority, t.token`,
        this.#queue,
        limit,
      ),
    )
  }

  /** A lane with its first messages that are ready and no suspects. */
  async firstOf(lane: LaneRow, limit: number): Promise<readonly Ready[]> {
    return this.#open.look<Ready>(this.#firstsOf('$2', '$3'), this.#queue, laneOf(lane), limit)
  }

  #firstsOf(lane: string, limit: string): string {
    return `select token, priority, value, frames from pw_tokens where queue = $1 and lane = ${lane} and not suspect and status = 'ready'
      order by priority, token limit ${limit} for update ${this.#open.passingLock}`
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
}

const firstCells = 't.token, t.priority as first, t.value, t.frames'

function linedOf(rows: readonly Row[]): readonly Lined[] {
  const lined = new Map<number, { readonly lane: LaneRow; readonly firsts: Ready[] }>()
  for (const { ref, key, priority, token, first, value, frames } of rows) {
    const lane = lined.get(ref) ?? { lane: { ref, key, priority }, firsts: [] }
    lined.set(ref, lane)
    if (token !== null) lane.firsts.push({ token, priority: first, value, frames })
  }
  return [...lined.values()]
}
