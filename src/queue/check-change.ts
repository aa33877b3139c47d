import type { Change, Fence, Mark, Note, Push } from './change.ts'
import { isCount } from './check-count.ts'
import { checkMarks } from './check-marks.ts'
import { checkRecordChange } from './check-record.ts'
import { checkDelay } from './delay.ts'
import { InvalidError } from './errors.ts'

// Databases store what is no whole number as something else, as nothing, or not at all, each in its own way. So every
// backend checks a request here before it does anything, and they all refuse it in the same words.

const kinds = [
  'push',
  'pop',
  'postpone',
  'bury',
  'progress',
  'accompany',
  'take',
  'revive',
  'put',
  'drop',
  'mark',
]
const enters = [undefined, 'refuse', 'ignore', 'replace']
const popEvents = ['moved', 'failed', 'decided', 'discarded', 'popped']
const takeEvents = ['cancelled', 'decided']

/** Throws an `InvalidError` for the first of `changes` with a number or a kind that the contract does not allow. */
export function checkChanges(changes: readonly Change[]): void {
  for (const change of changes) checkChange(change)
}

function checkChange(change: Change): void {
  switch (change.kind) {
    case 'push':
      return checkPush(change)
    case 'pop':
      if (!popEvents.includes(change.event)) refuse(change, 'event', change.event, oneOf(popEvents))
      checkFence(change)
      return checkNote(change)
    case 'postpone':
      checkFence(change)
      checkDelay(change.delayMs, change)
      return checkNote(change)
    case 'bury':
      checkFence(change)
      return checkNote(change)
    case 'progress': {
      const { fraction } = change
      if (!(fraction >= 0 && fraction <= 1)) refuse(change, 'progress', fraction, 'a number from 0 to 1')
      return checkFence(change)
    }
    case 'accompany':
      return checkFence(change)
    case 'take':
      if (!takeEvents.includes(change.event)) refuse(change, 'event', change.event, oneOf(takeEvents))
      if (change.hop !== undefined) checkCount(change, 'hop', change.hop)
      return checkNote(change)
    case 'revive':
      return checkNote(change)
    case 'put':
    case 'drop':
      return checkRecordChange(change)
    case 'mark':
      return checkMark(change)
    default:
      throw new InvalidError(`A change is ${oneOf(kinds)}, not "${(change as Change).kind}".`)
  }
}

function checkPush({ queue, token, enter, delayMs = 0, marks }: Push): void {
  const { id, hop, priority, deploy } = token
  const at = { queue, id }
  checkCount(at, 'hop', hop)
  if (!Number.isSafeInteger(priority)) refuse(at, 'priority', priority, 'a whole number')
  checkCount(at, 'deploy', deploy)
  checkDelay(delayMs, at)
  if (!enters.includes(enter)) refuse(at, 'entry', enter, oneOf(enters.slice(1)))
  if (marks !== undefined) checkMarks(marks, at)
}

function checkMark(change: Mark): void {
  const { hop, rev, set, actor } = change
  if (hop !== undefined) checkCount(change, 'hop', hop)
  if (rev !== undefined) checkCount(change, 'revision', rev)
  if (typeof actor !== 'string') refuse(change, 'actor', actor, 'the name of who sets its marks')
  checkMarks(set, change)
}

/** Throws an `InvalidError` if `fence` has a number that no stay or lease can have. */
export function checkFence(fence: Fence): void {
  checkCount(fence, 'hop', fence.hop)
  checkCount(fence, 'lease', fence.lease)
}

function checkNote(change: Note & Place): void {
  const { attempt, workMs, deploy } = change
  if (attempt !== undefined) checkCount(change, 'attempt', attempt)
  if (deploy !== undefined) checkCount(change, 'deploy', deploy)
  if (workMs !== undefined && !(workMs >= 0 && workMs < Number.POSITIVE_INFINITY))
    refuse(change, 'work', workMs, 'a number of milliseconds from 0')
}

interface Place {
  readonly queue: string
  readonly id: string
}

function checkCount(at: Place, what: string, count: number): void {
  if (!isCount(count)) refuse(at, what, count, 'a whole number from 0')
}

function refuse({ queue, id }: Place, what: string, found: unknown, expected: string): never {
  const sentence = `The ${what} of token "${id}" in queue "${queue}" is ${String(found)}; it is ${expected}`
  throw new InvalidError(`${sentence}.`, { queue, id })
}

function oneOf(names: readonly (string | undefined)[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
