import { noQueue } from '../../../queue/refusals.ts'
import { standsBehind } from '../../../queue/rules/gate-record.ts'
import type { Succession } from '../../../queue/succession.ts'
import { type QueueEntry, standOf } from './queue-entry.ts'

/** What names mean to a process that has declared queues: the same as then, as long as these are there. */
export type Declared = ReadonlyMap<string, number>

/** All queues as they were at one moment, and what their names mean. Never changed. */
export class QueueNames {
  /** Every queue there has ever been, in the order in which they were made. */
  readonly all: readonly QueueEntry[]
  /** The number of the registry of which this is. */
  readonly version: number
  readonly #byRef: ReadonlyMap<number, QueueEntry>
  readonly #byName: ReadonlyMap<string, QueueEntry>
  readonly #former: ReadonlyMap<string, number>
  readonly #declared: Declared
  #zones: ReadonlyMap<string, string> | undefined
  readonly #standing = new Map<string, readonly QueueEntry[]>()

  constructor(
    all: readonly QueueEntry[],
    {
      version,
      former,
      declared,
    }: { version: number; former: ReadonlyMap<string, number>; declared: Declared },
  ) {
    this.all = all
    this.version = version
    this.#byRef = new Map(all.map((queue) => [queue.ref, queue]))
    this.#byName = new Map(all.map((queue) => [queue.name, queue]))
    this.#former = former
    this.#declared = declared
  }

  /** The same, for a transaction whose marks on the queues may be rolled back by its caller. */
  copy(): QueueNames {
    return new QueueNames(
      this.all.map((queue) => ({ ...queue })),
      { version: this.version, former: this.#former, declared: this.#declared },
    )
  }

  /** The queue that a name means. Throws a `NotFoundError` if no workflow has declared it. */
  queue(name: string): QueueEntry {
    const found = this.find(name)
    if (found) return found
    throw noQueue(name)
  }

  /** The queue that a name means; undefined if there is none. */
  find(name: string): QueueEntry | undefined {
    const own = this.of(this.#declared.get(name))
    if (own && !own.isRetired) return own
    const named = this.#byName.get(name)
    if (named && !named.isRetired) return named
    return own ?? named ?? this.of(this.#former.get(name))
  }

  /** The queue that has a name in the database, or had it. */
  named(name: string): QueueEntry | undefined {
    return this.#byName.get(name) ?? this.of(this.#former.get(name))
  }

  /** The queue of a number. */
  of(ref: number | null | undefined): QueueEntry | undefined {
    return ref === undefined || ref === null ? undefined : this.#byRef.get(ref)
  }

  /** The queues that are not retired, or those of one workflow. */
  live(workflow?: string): readonly QueueEntry[] {
    return this.all.filter(
      (queue) => !queue.isRetired && (workflow === undefined || queue.workflow === workflow),
    )
  }

  /** The names of a queue: its own, those that it had, and the one that this process has declared. */
  namesOf({ ref, name }: QueueEntry): readonly string[] {
    const former = [...this.#former].filter(([, each]) => each === ref).map(([each]) => each)
    const declared = [...this.#declared].filter(([, each]) => each === ref).map(([each]) => each)
    return [...new Set([name, ...former, ...declared])]
  }

  /** The queues that stand behind a gate. */
  standing(gate: string): readonly QueueEntry[] {
    const known = this.#standing.get(gate)
    if (known) return known
    const found = this.live().filter((queue) => standsBehind(standOf(queue), gate))
    this.#standing.set(gate, found)
    return found
  }

  /**
   * The zone of a queue whose messages pay at gates, or have keys; undefined for all others. Queues that stand behind one gate are in one
   * zone. A transaction that changes gates or lanes has their zone for itself.
   */
  zoneOf(queue: QueueEntry): string | undefined {
    return queue.gated || queue.keyed ? this.zoneOfGate(queue.name) : undefined
  }

  /** The zone of a gate. */
  zoneOfGate(name: string): string {
    this.#zones ??= zonesOf(this.live())
    return this.#zones.get(name) ?? name
  }

  /** Which queue takes over what. */
  readonly succession: Succession<QueueEntry> = {
    heirs: ({ heirs }) => heirs?.flatMap((ref) => this.of(ref) ?? []),
    accepts: ({ tags }, tag) => tag !== undefined && tags?.includes(tag) === true,
    isRetired: ({ isRetired }) => isRetired,
  }
}

// Gates that a queue stands behind are in the zone of its own gate, and so on: each zone has the name of one of them.
function zonesOf(queues: readonly QueueEntry[]): ReadonlyMap<string, string> {
  const zones = new Map<string, string>()
  const zoneOf = (name: string): string => {
    const next = zones.get(name)
    return next === undefined || next === name ? name : zoneOf(next)
  }
  for (const { name, behind } of queues)
    for (const gate of [name, ...behind.map((each) => each.gate)]) {
      const [first, second] = [zoneOf(name), zoneOf(gate)].sort() as [string, string]
      zones.set(second, first)
    }
  return new Map([...zones.keys()].map((name) => [name, zoneOf(name)]))
}
