import type { QueueNames } from '../tables/queue-names.ts'
import { gatesOf } from './gated.ts'
import type { PlainWork } from './plain-work.ts'

/** What a turn has to do with gates and lanes. */
interface Around {
  /** The zones that the turn has for itself, in the order in which all take them. */
  readonly zones: readonly string[]
  /** The names of the gates at which hops may give back, each with a queue with lanes that stands there, null for none. */
  readonly gates: readonly string[]
  readonly standing: readonly (number | null)[]
}

/** Finds it. */
export function aroundOf(names: QueueNames, { hops, entries, leases }: PlainWork): Around {
  const paid = new Set(hops.flatMap(({ from }) => (from.gated ? [from] : [])))
  const arriving = [...hops, ...entries].flatMap(({ to }) => (to.keyed ? [to] : []))
  const queues = new Set([...paid, ...arriving, ...leases.map(({ queue }) => queue)])
  const gates = [...new Set([...paid].flatMap(gatesOf))]
  const standing = gates.flatMap((gate) => {
    const found = names.standing(gate).filter(({ keyed }) => keyed)
    return (found.length > 0 ? found : [undefined]).map((queue) => ({ gate, ref: queue?.ref ?? null }))
  })
  return {
    zones: [...new Set([...queues].flatMap((queue) => names.zoneOf(queue) ?? []))].sort(),
    gates: standing.map(({ gate }) => gate),
    standing: standing.map(({ ref }) => ref),
  }
}
