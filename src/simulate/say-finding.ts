import { sayCause } from '../queue/say-fault.ts'
import { placeIn } from '../queue/stack.ts'
import type { Point, RunOptions } from './run-options.ts'
import type { Spot } from './snapshot.ts'
import type { Tokens } from './tokens.ts'

/** How far a run is. */
interface Progress {
  readonly tokens: Tokens
  readonly elapsedMs: number
  /** What a loop by hand has failed with, in words. */
  readonly fault: string | undefined
}

/** The sentence for a token that goes on for too long; undefined if there is none. */
export function sayExcess(
  { tokens, elapsedMs, fault }: Progress,
  { budgetMs = 3_600_000, maxHops = 100 }: Pick<RunOptions, 'budgetMs' | 'maxHops'>,
): string | undefined {
  const { spots, unfinished } = tokens
  const tired = spots.find(({ hop }) => hop > maxHops)
  if (tired)
    return `Token "${tired.id}" has made ${maxHops} hops without an end, and is in queue "${tired.queue}"${sayLastError(tired)}.`
  if (!unfinished || elapsedMs <= budgetMs) return undefined
  const { id, queue, status } = unfinished
  return `Token "${id}" has not ended in ${budgetMs} ms: it is ${status} in queue "${queue}"${sayLastError(unfinished)}${fault ? `; ${fault}` : ''}.`
}

// The last error is most often why the token is tried again and again.
function sayLastError({ error }: Spot): string {
  if (!error) return ''
  const place = error.stack && placeIn(error.stack)
  return `, and failed last with ${sayCause(error)}${place ? ` at ${place}` : ''}`
}

/** The sentence for a run that has ended before the step at which its process should die; undefined if it has not. */
export function sayEarlyEnd(expected: Point | undefined, died: number): string | undefined {
  if (!expected || died > 0) return undefined
  return sayChange(`it ended before step ${expected.step}, "${expected.text}"`)
}

/** The sentence for a run that does not repeat the one before it; undefined if it does. */
export function sayDifference(expected: Point | undefined, text: string): string | undefined {
  if (!expected || expected.text === text) return undefined
  return sayChange(`step ${expected.step} was "${expected.text}", and now it is "${text}"`)
}

function sayChange(change: string): string {
  return (
    `The run does not repeat itself: ${change}. ` +
    'A handler depends on real time or on chance; give it the clock and the random that `context` is given.'
  )
}
