import type { Line } from './change.ts'
import { isPageLimit } from './check-count.ts'
import { InvalidError } from './errors.ts'
import type { LinesRequest } from './lines.ts'

const events = ['commented', 'noted']
const orders = [undefined, 'oldest', 'newest']

/** Throws an `InvalidError` unless every backend can write what `change` says. */
export function checkLine({ event, queue, id, actor, reason }: Line): void {
  const at = { ...(queue !== undefined && { queue }), ...(id !== undefined && { id }) }
  if (!events.includes(event)) throw new InvalidError(`A line says commented or noted, not "${event}".`, at)
  if (id !== undefined && queue === undefined)
    throw new InvalidError(`A line about token "${id}" names a queue of its workflow.`, at)
  if (typeof actor !== 'string' || typeof reason !== 'string')
    throw new InvalidError(`A line says who and what: it has an actor and a reason.`, at)
}

/** Throws an `InvalidError` unless `request` is a valid question about the history. */
export function checkLinesRequest({ from, to, after, limit = 1, order }: LinesRequest): void {
  if (!isPageLimit(limit)) throw new InvalidError(`A page of the history has 1 to 1,000 lines, not ${limit}.`)
  if (!orders.includes(order))
    throw new InvalidError(`A page of the history has the oldest or the newest first, not "${order}".`)
  for (const [name, time] of Object.entries({ from, to }))
    if (time !== undefined && !Number.isFinite(time))
      throw new InvalidError(
        `The history was asked for with \`${name}\` ${time}; it is a time in milliseconds.`,
      )
  if (after !== undefined) lineAfter(after)
}

/** The number of the line after which a page begins. Throws an `InvalidError` if `after` is no cursor. */
export function lineAfter(after: string): number {
  if (/^\d{1,15}$/.test(after)) return Number(after)
  throw new InvalidError(`"${after}" is not a cursor that the history gave.`)
}
