import type { Backend } from '../../queue/backend.ts'
import type { GateState } from '../../queue/gate.ts'
import type { HistoryLine } from '../../queue/lines.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import { utc } from '../../queue/utc.ts'
import type { ShutGate } from './summary.ts'

const mostShown = 100

/** The gates before the queues of `counts` that let nothing through now. */
export async function shutGates(
  backend: Pick<Backend, 'gates' | 'lines'>,
  counts: readonly QueueCount[],
): Promise<readonly ShutGate[]> {
  const oldest = new Map(counts.map(({ queue, oldestAt }) => [queue, oldestAt]))
  const shut = (await backend.gates())
    .filter(
      ({ why, name, queues }) => why !== undefined && [name, ...queues].some((each) => oldest.has(each)),
    )
    .slice(0, mostShown)
  const { lines } = shut.some(({ closed }) => closed)
    ? await backend.lines({ people: true, event: 'paused', order: 'newest', limit: 1000 })
    : { lines: [] }
  return shut.map((gate) => shown(gate, lines, oldest))
}

function shown(
  gate: GateState,
  lines: readonly HistoryLine[],
  oldest: ReadonlyMap<string, number | undefined>,
): ShutGate {
  const { name, key, why, actor, reason, againAt } = gate
  const queues = gate.queues.filter((each) => oldest.has(each))
  const since = why === 'closed' ? lines.find((line) => isAbout(line, gate))?.at : undefined
  const waiting = queues.flatMap((each) => oldest.get(each) ?? [])
  return {
    ...{ gate: name, ...(key !== undefined && { key }), why: why! },
    ...(actor !== undefined && { actor }),
    ...(reason !== undefined && { reason }),
    ...(since !== undefined && { since: utc(since) }),
    ...(waiting.length > 0 && { waitingSince: utc(Math.min(...waiting)) }),
    ...(againAt !== undefined && { until: utc(againAt) }),
    queues,
  }
}

/** Whether a line says that a gate was closed; that of a queue has the queue. */
function isAbout({ queue, fields }: HistoryLine, { name, key }: GateState): boolean {
  const said = fields as { readonly gate?: unknown; readonly key?: unknown } | undefined
  return said?.gate === undefined ? queue === name : said.gate === name && (said.key ?? undefined) === key
}
