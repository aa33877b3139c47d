import type { Backend } from '../queue/backend.ts'
import type { HistoryEvent } from '../queue/journey.ts'
import { leavingEvents } from '../queue/leaving.ts'

const leaving: ReadonlySet<HistoryEvent> = new Set(leavingEvents)

/** What to look at in the history. */
export interface Recorded {
  readonly workflow: string
  /** The name of the queue of the results. */
  readonly output: string
  /** How often each token has entered, by id. */
  readonly entries: ReadonlyMap<string, number>
}

/** Whether each stay has ended once and each entry has brought one result; returns what is wrong, as a sentence without its end. */
export async function checkHistory(
  backend: Backend,
  { workflow, output, entries }: Recorded,
): Promise<string | undefined> {
  for (const [id, wanted] of entries) {
    const journey = await backend.journey(workflow, id, { limit: Number.MAX_SAFE_INTEGER })
    if (!journey) return `Token "${id}" has no history`
    const ends = journey.lines.filter(({ event }) => leaving.has(event))
    const arrivals = ends.filter(({ queue }) => queue === output).length + (journey.queue === output ? 1 : 0)
    if (arrivals > wanted)
      return `Token "${id}" has arrived in the output ${arrivals} times, and has entered ${sayTimes(wanted)}`
    const entered = journey.lines.filter(({ event }) => event === 'entered').length
    if (entered !== wanted)
      return `Token "${id}" has entered ${sayTimes(entered)} by the history, and ${sayTimes(wanted)} in truth`
    const hops = ends.map(({ hop }) => hop)
    const twice = hops.find((hop, i) => hops.indexOf(hop) !== i)
    if (twice !== undefined) return `Hop ${twice} of token "${id}" has ended more than once by the history`
    if ((journey.finishedAt !== undefined) !== (journey.queue === output || journey.queue === undefined))
      return `Token "${id}" is in ${journey.queue ? `queue "${journey.queue}"` : 'no queue'}, but its history says otherwise`
  }
  return undefined
}

function sayTimes(times: number): string {
  return times === 1 ? 'once' : `${times} times`
}
