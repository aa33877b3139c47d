import { type Cursor, cursorAfter, cursorOf } from '../../queue/check-question.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Page, PageFilter, Row } from '../../queue/rows.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { type Message, rowOf, statusNow, tagOf } from './message.ts'

/** The rows of `queue` that `page` asks for, and the cursor after them if there are more. */
export function listed(
  queue: MemoryQueue,
  { after, limit = 100, order = 'oldest', only = {} }: Page,
  clock: Clock,
): { readonly rows: readonly Row[]; readonly next?: string | undefined } {
  const sign = order === 'oldest' ? 1 : -1
  const start = after === undefined ? undefined : cursorOf(queue.name, after)
  const found = [...queue.messages.values()]
    .filter(
      (message) =>
        (!start || sign * byArrival(placeOf(message), start) > 0) &&
        fits(message, only, { isPaused: queue.paused, clock }),
    )
    .sort((a, b) => sign * byArrival(placeOf(a), placeOf(b)))
  const page = found.slice(0, limit)
  const next = found.length > limit ? cursorAfter(placeOf(page.at(-1)!)) : undefined
  return { rows: page.map((message) => rowOf(message, clock)), next }
}

function placeOf({ enteredAt, seq }: Message): Cursor {
  return { at: enteredAt, token: seq }
}

function byArrival(a: Cursor, b: Cursor): number {
  return a.at - b.at || a.token - b.token
}

function fits(
  message: Message,
  { status, tag, suspect }: PageFilter,
  { isPaused, clock }: { readonly isPaused: boolean; readonly clock: Clock },
): boolean {
  if (suspect && (isPaused || !message.suspect || message.status !== 'ready')) return false
  if (status !== undefined && statusNow(message, clock) !== status) return false
  return tag === undefined || tagOf(message) === tag
}
