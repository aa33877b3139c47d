import type { Wait, Waiting } from '../wait.ts'
import { dueAfter, type Resting } from './stay.ts'

/*
 * What a resting message waits for. When it comes to rest, its box is counted, in the commit that lets it rest; from then on
 * each letter that comes is subtracted, in the commit that brings it. Letters leave a box only under a lease or with the
 * stay, so while a message waits its box only fills, and what is missing stays right: no wake-up is lost, and none is
 * looked for. A wait that is over is gone from the message, which is ready; one whose time is over is ended by the next
 * lease call, as a delay is.
 */

/** How many letters of a name are in a box, and how many of these say that something has failed. */
export interface Count {
  readonly letters: number
  readonly failures: number
}

/** A letter that has come, as far as waits care. */
export interface Came {
  readonly name: string
  readonly isFailure: boolean
}

/** What is missing for `wait` where `box` says what is in the box under a name; undefined if it is over. */
function begun(wait: Wait, box: (name: string) => Count): Waiting | undefined {
  const counts = wait.for.map(({ name, count = 1 }) => ({ name, count, ...box(name) }))
  if (wait.failFast && counts.some(({ failures }) => failures > 0)) return undefined
  return unlessOver({
    for: counts.map(({ name, count, letters }) => ({ name, count, missing: count - letters })),
    failFast: wait.failFast,
  })
}

/** What is missing for `wait` when letters have come; undefined if it is over. */
export function nearer(wait: Waiting, came: readonly Came[]): Waiting | undefined {
  const isAwaited = ({ name }: Came) => wait.for.some((each) => each.name === name)
  if (wait.failFast && came.some((letter) => letter.isFailure && isAwaited(letter))) return undefined
  const those = (name: string) => came.filter((letter) => letter.name === name).length
  return unlessOver({
    ...wait,
    for: wait.for.map((each) => ({ ...each, missing: each.missing - those(each.name) })),
  })
}

function unlessOver(wait: Waiting): Waiting | undefined {
  return wait.for.some(({ missing }) => missing <= 0) ? undefined : wait
}

/** How a message rests from `now` on: until letters come, until a time, both, or not at all. */
export function restingFor(
  { wait, delayMs }: { readonly wait?: Wait | undefined; readonly delayMs?: number | undefined },
  box: (name: string) => Count,
  now: number,
): Resting {
  if (!wait) return { due: dueAfter(delayMs ?? 0, now), wait: undefined }
  const waiting = delayMs === undefined || delayMs > 0 ? begun(wait, box) : undefined
  if (!waiting) return { due: undefined, wait: undefined }
  return { due: delayMs === undefined ? undefined : dueAfter(delayMs, now), wait: waiting }
}

/** The box of a token that has just entered. */
export function empty(): Count {
  return { letters: 0, failures: 0 }
}
