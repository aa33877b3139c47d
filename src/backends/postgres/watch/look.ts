import type { Moment } from '../../../queue/lapse.ts'
import type { Database } from '../server/database.ts'

/** What may be leased or passed now, and when more may be. */
export interface Seen {
  readonly moment: Moment
  /** When that was, by the monotonic clock of this process. */
  readonly beganAt: number
  /** The numbers of the queues in which something may be leased. */
  readonly ready: readonly number[]
  /** The names of gates at which something may pass, and of inboxes in which entries wait. */
  readonly named: readonly string[]
  /** When the next is due, and when the next lease runs out, of those that do within the time that was asked for. */
  readonly due: number | null
  readonly until: number | null
}

interface Cells extends Moment, Pick<Seen, 'due' | 'until'> {
  readonly registry: number
  readonly ready: readonly number[] | null
  readonly gates: readonly string[] | null
  readonly inboxes: readonly string[] | null
}

/** Looks once, for leases that run out within `soonMs` milliseconds too; what it names the database knows by name. */
export async function look(database: Database, soonMs: number): Promise<Seen> {
  const beganAt = database.elapsed()
  const at = database.fixedMoment()
  const [cells] = await database.asked((client) =>
    database.statements.rows<Cells>(client, 'select * from pw_look($1, $2, $3)', [
      at?.now ?? null,
      at?.elapsed ?? null,
      soonMs,
    ]),
  )
  const { registry, now, elapsed, ready, gates, inboxes, due, until } = cells!
  if (registry !== database.names.version) await database.learn()
  const named = [...(gates ?? []), ...(inboxes ?? [])]
  return { moment: { now, elapsed }, beganAt, ready: ready ?? [], named, due, until }
}
