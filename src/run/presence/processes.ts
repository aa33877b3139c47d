import type { Backend } from '../../queue/backend.ts'
import type { Json } from '../../schema/json.ts'

/** What a process says of itself. */
export interface ProcessFacts {
  readonly host: string
  readonly pid: number
  /** What its supervisor calls it. */
  readonly name?: string | undefined
  /** The number of its version of the workflow. */
  readonly deploy: number
  /** When it began to work, in milliseconds since 1970. */
  readonly startedAt: number
  /** How many messages of each queue it works on at once at most; null where that is not known. */
  readonly stages: Readonly<Record<string, number | null>>
}

/** A process that works on a workflow, or did until a moment ago. */
export interface WorkingProcess extends ProcessFacts {
  /** The owner of its leases. */
  readonly owner: string
  /** When it is forgotten unless it is heard of again, in milliseconds since 1970. */
  readonly endsAt: number
}

const prefix = 'process/'
const pageLength = 1000

/** The key of the record of the process that leases as `owner`. */
export function processKey(owner: string): string {
  return `${prefix}${owner}`
}

/** The processes that work on `workflow`: those that were heard of within half a minute. */
export async function processesOf(backend: Backend, workflow: string): Promise<readonly WorkingProcess[]> {
  const found: WorkingProcess[] = []
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = { prefix, limit: pageLength, ...(after !== undefined && { after }) }
    const { records, next } = await backend.records({ workflow }, page)
    for (const { key, value, endsAt } of records) {
      const facts = factsOf(value)
      if (facts && endsAt !== undefined) found.push({ ...facts, owner: key.slice(prefix.length), endsAt })
    }
    after = next
  }
  return found
}

/** How many messages of `queue` the processes work on at once; undefined if none works on it, 0 if it is not known how many. */
export function slotsOf(processes: readonly ProcessFacts[], queue: string): number | undefined {
  const working = processes.filter(({ stages }) => Object.hasOwn(stages, queue))
  return working.length === 0 ? undefined : working.reduce((sum, { stages }) => sum + (stages[queue] ?? 0), 0)
}

// A later version may say more, or it in another way.
function factsOf(value: Json | undefined): ProcessFacts | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { host, pid, name, deploy, startedAt, stages } = value as Partial<Record<keyof ProcessFacts, unknown>>
  const isWhole = typeof host === 'string' && typeof pid === 'number' && typeof deploy === 'number'
  if (!isWhole || typeof startedAt !== 'number' || typeof stages !== 'object' || stages === null)
    return undefined
  const slots = Object.entries(stages).map(([queue, each]) => [queue, typeof each === 'number' ? each : null])
  return {
    ...{ host, pid, deploy, startedAt, stages: Object.fromEntries(slots) },
    ...(typeof name === 'string' && { name }),
  }
}
