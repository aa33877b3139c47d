import type { LeaseRequest } from './backend.ts'
import { InvalidError } from './errors.ts'
import type { JourneyPart } from './journey.ts'
import type { Page } from './rows.ts'

// Checks the numbers and kinds in a request for reading or leasing, in the same words for every backend.

const suspects = [undefined, 'include', 'exclude', 'only']
const orders = [undefined, 'oldest', 'newest']
const statuses = [undefined, 'ready', 'leased', 'delayed', 'dead', 'waiting']

/** Throws an `InvalidError` unless `request` is a valid lease request. */
export function checkLeaseRequest(queue: string, request: LeaseRequest): void {
  const { leaseMs, timeoutMs, limit = 0 } = request
  if (!isTime(leaseMs)) throw refused(queue, `leaseMs is ${leaseMs}; it is ${aTime}`)
  if (!isTime(timeoutMs)) throw refused(queue, `timeoutMs is ${timeoutMs}; it is ${aTime}`)
  if (!(Number.isSafeInteger(limit) && limit >= 0))
    throw refused(queue, `limit is ${limit}; it is a whole number from 0`)
  if (!suspects.includes(request.suspects))
    throw refused(queue, `suspects is "${request.suspects}"; it is include, exclude or only`)
}

const aTime = 'a number of milliseconds from 0'

function isTime(ms: number): boolean {
  return ms >= 0 && ms < Number.POSITIVE_INFINITY
}

function refused(queue: string, what: string): InvalidError {
  return new InvalidError(`A lease from queue "${queue}" was requested whose ${what}.`, { queue })
}

/** Throws an `InvalidError` unless `page` is a valid page of `queue`. */
export function checkPage(queue: string, { after, limit = 1, order, only = {} }: Page): void {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000))
    throw new InvalidError(`A page of queue "${queue}" has 1 to 1,000 rows, not ${limit}.`, { queue })
  if (after !== undefined) cursorOf(queue, after)
  if (!orders.includes(order))
    throw new InvalidError(`A page of queue "${queue}" has the oldest or the newest first, not "${order}".`, {
      queue,
    })
  if (!statuses.includes(only.status))
    throw new InvalidError(`A message is ready, leased, delayed, dead or waiting, not "${only.status}".`, {
      queue,
    })
}

/** Where a page begins: after the message of this token that came to the queue then. */
export interface Cursor {
  /** Wall time, in milliseconds since 1970. */
  readonly at: number
  /** The number of the token. */
  readonly token: number
}

/** The cursor after a message. */
export function cursorAfter({ at, token }: Cursor): string {
  return `${at}-${token}`
}

/** Reads a cursor. Throws an `InvalidError` if `after` is none. */
export function cursorOf(queue: string, after: string): Cursor {
  const [, at, token] = /^(\d{1,15})-(\d{1,15})$/.exec(after) ?? []
  if (at !== undefined && token !== undefined) return { at: Number(at), token: Number(token) }
  throw new InvalidError(`"${after}" is not a cursor that queue "${queue}" gave.`, { queue })
}

/** Throws an `InvalidError` unless `part` is a valid part of a journey. */
export function checkJourneyPart(id: string, { limit = 1, hop = 1 }: JourneyPart): void {
  for (const [what, number] of Object.entries({ limit, hop })) {
    if (Number.isSafeInteger(number) && number >= 1) continue
    const sentence = `The history of token "${id}" cannot be asked for with a ${what} of ${number}`
    throw new InvalidError(`${sentence}; it is a whole number from 1.`, { id })
  }
}
