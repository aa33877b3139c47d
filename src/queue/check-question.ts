import type { LeaseRequest } from './backend.ts'
import { isCount, isPageLimit } from './check-count.ts'
import { checkFilter } from './check-filter.ts'
import { checkName } from './check-gate.ts'
import { checkMarkName } from './check-marks.ts'
import { InvalidError } from './errors.ts'
import type { JourneyPart } from './journey.ts'
import { type Position, readPosition } from './position.ts'
import type { Page } from './rows.ts'
import type { Everywhere } from './tally.ts'

// Checks the numbers and kinds in a request for reading or leasing, in the same words for every backend.

const suspects = [undefined, 'include', 'exclude', 'only']
const orders = [undefined, 'oldest', 'newest']

/** Throws an `InvalidError` unless `request` is a valid lease request. */
export function checkLeaseRequest(queue: string, request: LeaseRequest): void {
  const { leaseMs, timeoutMs, limit = 0 } = request
  if (!isTime(leaseMs)) throw refused(queue, `leaseMs is ${leaseMs}; it is ${aTime}`)
  if (!isTime(timeoutMs)) throw refused(queue, `timeoutMs is ${timeoutMs}; it is ${aTime}`)
  if (!isCount(limit)) throw refused(queue, `limit is ${limit}; it is a whole number from 0`)
  if (!suspects.includes(request.suspects))
    throw refused(queue, `suspects is "${request.suspects}"; it is include, exclude or only`)
  if (request.key !== undefined) checkName(`The key of a lease from queue "${queue}"`, request.key, { queue })
  if (request.only) checkFilter(request.only, `A lease from queue "${queue}"`, { queue })
}

const aTime = 'a number of milliseconds from 0'

function isTime(ms: number): boolean {
  return ms >= 0 && ms < Number.POSITIVE_INFINITY
}

function refused(queue: string, what: string): InvalidError {
  return new InvalidError(`A lease from queue "${queue}" was requested whose ${what}.`, { queue })
}

/** Throws an `InvalidError` unless `page` is a valid page of a queue, or of all of a workflow. */
export function checkPage(of: string | Everywhere, { after, limit = 1, order, only, by }: Page): void {
  const asking = `A page of ${sayPlace(of)}`
  const at = typeof of === 'string' ? { queue: of } : {}
  if (!isPageLimit(limit)) throw new InvalidError(`${asking} has 1 to 1,000 rows, not ${limit}.`, at)
  if (!orders.includes(order))
    throw new InvalidError(`${asking} has the oldest or the newest first, not "${order}".`, at)
  if (by !== undefined) checkMarkName(by, asking, at)
  if (after !== undefined) positionOf(of, { after, by })
  if (only) checkFilter(only, asking, at)
}

function sayPlace(of: string | Everywhere): string {
  return typeof of === 'string' ? `queue "${of}"` : `workflow "${of.workflow}"`
}

/** Reads the cursor of a page. Throws an `InvalidError` if `after` is none. */
export function positionOf(
  of: string | Everywhere,
  { after, by }: Pick<Page, 'by'> & { after: string },
): Position {
  const position = readPosition(after)
  if (position && ('at' in position || by !== undefined)) return position
  const at = typeof of === 'string' ? { queue: of } : {}
  throw new InvalidError(`"${after.slice(0, 100)}" is not a cursor that ${sayPlace(of)} gave.`, at)
}
/** Throws an `InvalidError` unless `part` is a valid part of a journey. */
export function checkJourneyPart(id: string, { limit = 1, hop = 1 }: JourneyPart): void {
  for (const [what, number] of Object.entries({ limit, hop })) {
    if (Number.isSafeInteger(number) && number >= 1) continue
    const sentence = `The history of token "${id}" cannot be asked for with a ${what} of ${number}`
    throw new InvalidError(`${sentence}; it is a whole number from 1.`, { id })
  }
}
