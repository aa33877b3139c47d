import type { QueueCount } from '../../../queue/queue-count.ts'

/** The name of the file that says how the queues are. */
export const queuesFile = 'queues.json'

/** Its text: what each queue has in it, by its folder, and where it waits. */
export function queuesText(counts: readonly QueueCount[], places: ReadonlyMap<string, string>): string {
  const byFolder = counts.flatMap((count) => {
    const folder = places.get(count.queue)
    return folder === undefined ? [] : [[folder, factsOf(count)] as const]
  })
  return `${JSON.stringify(Object.fromEntries(byFolder.toSorted()), null, 2)}\n`
}

function factsOf({ queue, role, ready, leased, delayed, waiting, dead, paused, parked }: QueueCount): object {
  return {
    ...{ queue, role, ready, leased, delayed, waiting, dead, paused },
    parked: parked && {
      ...parked,
      until: parked.until === undefined ? undefined : new Date(parked.until).toISOString(),
    },
  }
}
