import { livingIn, type QueueCount } from '../../queue/queue-count.ts'

const machines: ReadonlySet<QueueCount['role']> = new Set(['stage', 'inbox', 'standing'])

/**
 * Whether no token of a workflow waits for a machine: all have finished, are dead, or wait for a person. Those that have finished
 * wait for one where it `usesOutput`.
 */
export function isIdle(counts: readonly QueueCount[], usesOutput = false): boolean {
  const waitsForMachine = ({ role }: QueueCount) => machines.has(role) || (usesOutput && role === 'output')
  return counts.every((count) => !waitsForMachine(count) || busyIn(count) === 0)
}

// What stands in a queue of its own never ends: while it rests, as a poller does until the next poll, it waits for nothing.
function busyIn(count: QueueCount): number {
  return count.role === 'standing' ? count.ready + count.leased : livingIn(count)
}

/** Where the tokens of a workflow are, summed up. */
export interface Totals {
  readonly working: number
  readonly review: number
  readonly dead: number
  /** Finished, and not taken out of the output yet. */
  readonly finished: number
}

const totalOf = {
  ...{ inbox: 'working', stage: 'working', standing: 'working' },
  ...{ review: 'review', output: 'finished', reply: 'finished' },
} as const satisfies Record<QueueCount['role'], keyof Totals>

/** The sums of `counts`. */
export function totalsOf(counts: readonly QueueCount[]): Totals {
  const totals = { working: 0, review: 0, dead: 0, finished: 0 }
  for (const count of counts) {
    totals[totalOf[count.role]] += busyIn(count)
    totals.dead += count.dead
  }
  return totals
}

/** Where the dead tokens of `counts` are, and what inboxes have refused: `2 tokens are dead: 1 in letters/stamp, 1 in letters/send; ...`. */
export function sayDead(counts: readonly QueueCount[]): string {
  const dead = sayPlaces(counts.filter(({ role }) => role !== 'inbox'))
  const refused = sayPlaces(counts.filter(({ role }) => role === 'inbox'))
  return [
    dead && `${dead.count} ${dead.count === 1 ? 'token is' : 'tokens are'} dead: ${dead.where}`,
    refused && `${refused.count} ${refused.count === 1 ? 'row was' : 'rows were'} refused: ${refused.where}`,
    'look at one with `token ID`, and let it try again with `retry QUEUE`.',
  ]
    .filter(Boolean)
    .join('; ')
}

function sayPlaces(counts: readonly QueueCount[]) {
  const places = counts.filter(({ dead }) => dead > 0)
  if (places.length === 0) return undefined
  const where = places.map(({ queue, dead }) => `${dead} in ${queue}`).join(', ')
  return { count: places.reduce((sum, { dead }) => sum + dead, 0), where }
}

/** `totals` in words: `3 finished, 2 in review, 1 dead`. */
export function sayTotals({ working, review, dead, finished }: Totals): string {
  const waiting = working > 0 ? [`${working} under way`] : []
  return [...waiting, `${finished} finished`, `${review} in review`, `${dead} dead`].join(', ')
}
