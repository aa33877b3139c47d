import type { Leased } from '../../../queue/rows.ts'
import type { Metering } from '../../../queue/rules/metering.ts'
import type { News } from '../commit/news.ts'
import type { Database } from '../server/database.ts'
import { answerMs } from '../server/patience.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { LeasedCells } from '../tables/row.ts'
import type { PlainPush } from './plain-push.ts'
import type { PlainWork } from './plain-work.ts'
import { aroundOf } from './turn-around.ts'
import { cellsOfEntries, cellsOfHops, cellsOfLeases } from './turn-cells.ts'
import { TurnNews } from './turn-news.ts'

interface Cells extends LeasedCells {
  readonly kind: 'now' | 'leased' | 'long' | 'rung' | 'stale' | 'isolated'
  /** The place of the lease, from 1. */
  readonly n: number
  /** Of a message; and, in the last row, the seats, and the numbers of the tokens that have entered: with commas between them. */
  readonly value: string
  readonly frames: string
  readonly arrived_at: number
}

/** What has become of the work of a turn. */
export interface PlainDone {
  /** Of each hop, whether it was done; else its fence does not hold, or its record is there. */
  readonly hops: readonly boolean[]
  /** Of each token that was to enter, whether it has; else its id is known, or its record is there. */
  readonly entries: readonly boolean[]
  /** Of each lease, its messages; undefined if it has to go the long way. */
  readonly leases: readonly (readonly Leased[] | undefined)[]
  readonly news: News
  /** Queues of which listeners of this process have to be told once more. */
  readonly short: ReadonlySet<QueueEntry>
  readonly meters: Metering<number>
  readonly moment: { readonly now: number; readonly elapsed: number }
  readonly beganAt: number
}

/** Which transaction it is. */
interface Turn {
  readonly database: Database
  readonly writer: number
  readonly slot: number
  readonly turn: number
  /** Called when it is sent: from then on it may have been done. */
  readonly sent: () => void
}

/**
 * Does plain work in one statement. Nothing was done if queues have been declared since (`stale`), or if statements are transactions of
 * another isolation (`isolated`).
 */
export async function plainTurn(
  { database, writer, slot, turn, sent }: Turn,
  work: PlainWork,
): Promise<PlainDone | 'stale' | 'isolated'> {
  const { names } = database
  const { hops, entries, leases } = work
  const around = aroundOf(names, work)
  const at = database.fixedMoment()
  const beganAt = database.elapsed()
  const rows = await database.connected((client) => {
    sent()
    return database.statements.rows<Cells>(
      client,
      sql,
      [
        ...[names.version, at?.now ?? null, at?.elapsed ?? null, slot, writer, turn],
        ...[around.zones, around.gates, around.standing],
        ...cellsOfHops(hops),
        ...cellsOfEntries(entries),
        ...cellsOfLeases(leases),
      ],
      answerMs,
    )
  })
  const [first] = rows
  if (first?.kind === 'stale' || first?.kind === 'isolated') return first.kind
  const { value, frames, arrived_at: now } = rows.at(-1)!
  const seats = partsOf(value)
  const tokens = partsOf(frames)
  const cells = leases.map((): LeasedCells[] | undefined => [])
  for (const [i, seat] of seats.entries()) {
    if (seat < 1) continue
    const entry = entries[i - hops.length]
    cells[seat - 1]!.push(
      entry ? cellsAsLeased(entry, tokens[i - hops.length]!, 1) : cellsAsLeased(hops[i]!, hops[i]!.token),
    )
  }
  for (const row of rows) {
    if (row.kind === 'leased') cells[row.n - 1]!.push(row)
    else if (row.kind === 'long') cells[row.n - 1] = undefined
  }
  const done = {
    hops: hops.map((_, i) => seats[i] !== -1),
    entries: entries.map((_, i) => seats[hops.length + i] !== -1),
    moment: { now, elapsed: at?.elapsed ?? now },
  }
  const rung = rows.flatMap(({ kind, id }) => (kind === 'rung' ? [id] : []))
  const { news, short, meters, messages } = new TurnNews(names, work, { ...done, leases: cells, rung })
  return { ...done, leases: messages, news, short, meters, beganAt }
}

function partsOf(text: string | null): readonly number[] {
  return text ? text.split(',').map(Number) : []
}

const sql = `select * from pw_turn(${Array.from({ length: 53 }, (_, i) => `$${i + 1}`).join(', ')})`

/** A message that is leased as it comes, under its first lease. */
function cellsAsLeased({ push, value, frames }: PlainPush, token: number, hop = push.token.hop): LeasedCells {
  const { id, priority, parent = null, deploy } = push.token
  return {
    token,
    id,
    hop,
    priority,
    parent,
    deploy,
    value,
    frames,
    suspect: false,
    lease: 1,
    attempts: 0,
    crashes: 0,
  }
}
