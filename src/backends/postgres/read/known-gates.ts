import type { Filter } from '../../../queue/filter.ts'
import { type GateCells, gateColumns, gateRecordOf } from '../../../queue/rules/gate-cells.ts'
import { commonNames, type GateRecord, type GateSource, isShutFor } from '../../../queue/rules/gate-record.ts'
import type { Session } from '../server/database.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'

/** Gates as they are at the moment of a session. */
export class KnownGates implements GateSource {
  readonly all: readonly GateRecord[]
  readonly #byRef: ReadonlyMap<number, GateRecord>
  readonly #byName: ReadonlyMap<string, GateRecord>

  constructor(all: readonly GateRecord[]) {
    this.all = all
    this.#byRef = new Map(all.map((each) => [each.ref, each]))
    this.#byName = new Map(all.map((each) => [JSON.stringify([each.name, each.key]), each]))
  }

  find(name: string, key: string): GateRecord | undefined {
    return this.#byName.get(JSON.stringify([name, key]))
  }

  get(ref: number): GateRecord {
    return this.#byRef.get(ref)!
  }
}

/** All gates, in the order in which they were made. */
export async function allGates({ rows }: Session): Promise<KnownGates> {
  const found = await rows<GateCells>(`select ${gateColumns} from pw_gates order by ref`)
  return new KnownGates(found.map(gateRecordOf))
}

/** The gates that messages of queues pass which have one of these keys, or none. */
export async function gatesOf(
  { rows }: Session,
  queues: readonly QueueEntry[],
  keys: readonly string[] = [],
): Promise<KnownGates> {
  const names = [...new Set(queues.flatMap((queue) => commonNames(standOf(queue))))]
  if (names.length === 0) return new KnownGates([])
  const found = await rows<GateCells>(
    `select ${gateColumns} from pw_gates where name = any($1::text[]) and key = any($2::text[]) order by ref`,
    names,
    [...new Set(['', ...keys])],
  )
  return new KnownGates(found.map(gateRecordOf))
}

/** The queues in which a filter may match something: behind a gate that is shut there are no suspects to be leased. */
export async function openTo(
  session: Session,
  { suspect }: Filter = {},
  queues: readonly QueueEntry[],
): Promise<readonly QueueEntry[]> {
  if (!suspect) return queues
  const gates = await gatesOf(session, queues)
  return queues.filter((queue) => !isShutFor(gates, standOf(queue), session.moment.now))
}
