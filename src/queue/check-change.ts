import type { Change, Mark, Note, Push, Take } from './change.ts'
import { checkCount, checkFence, type Place, refuse } from './check-fence.ts'
import { checkEntry, checkTurn } from './check-gate.ts'
import { checkLetter, checkReply } from './check-letter.ts'
import { checkLine } from './check-lines.ts'
import { checkMarks } from './check-marks.ts'
import { checkRecordChange } from './check-record.ts'
import { checkRemember } from './check-remember.ts'
import { excerpt } from './check-text.ts'
import { checkWait } from './check-wait.ts'
import { checkDelay } from './delay.ts'
import { InvalidError } from './errors.ts'
import { takeEvents } from './leaving.ts'
import { longestText } from './text.ts'

// Databases store what is no whole number as something else, as nothing, or not at all, each in its own way. So every
// backend checks a request here before it does anything, and they all refuse it in the same words.

const kinds = [
  ...['push', 'pop', 'postpone', 'bury', 'remember', 'accompany', 'take', 'revive', 'put', 'drop'],
  ...['mail', 'line', 'mark', 'gate'],
]
const enters = [undefined, 'refuse', 'ignore', 'replace']
const returns = ['rerun', 'undone']
const popEvents = ['moved', 'failed', 'decided', 'discarded', 'popped']

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
      if (change.wait) checkWait(change.wait, change)
      if (!change.wait || change.delayMs !== undefined) checkDelay(change.delayMs!, change)
      return checkNote(change)
    case 'bury':
      checkFence(change)
      return checkNote(change)
    case 'remember':
      checkFence(change)
      return checkRemember(change)
    case 'accompany':
      return checkFence(change)
    case 'take':
      if (!takeEvents.includes(change.event)) refuse(change, 'event', change.event, oneOf(takeEvents))
      if (change.hop !== undefined) checkCount(change, 'hop', change.hop)
      checkDescent(change)
      return checkNote(change)
    case 'revive':
      if (change.forget !== undefined && change.forget !== 'steps')
        refuse(change, 'forgetting', change.forget, 'steps, or left out')
      return checkNote(change)
    case 'put':
    case 'drop':
      return checkRecordChange(change)
    case 'mail':
      return checkLetter(change)
    case 'line':
      return checkLine(change)
    case 'mark':
      return checkMark(change)
    case 'gate':
      return checkTurn(change)
    default:
      throw new InvalidError(`A change is ${oneOf(kinds)}, not "${(change as Change).kind}".`)
  }
}

// Version, trace, span and flags, https://www.w3.org/TR/trace-context/#traceparent-header-field-values
const traceparentPattern = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

function checkPush(push: Push): void {
  const { queue, token, enter, delayMs = 0, traceparent, event, lastHop } = push
  const { id, hop, priority, deploy } = token
  const at = { queue, id }
  checkCount(at, 'hop', hop)
  if (!Number.isSafeInteger(priority)) refuse(at, 'priority', priority, 'a whole number')
  checkCount(at, 'deploy', deploy)
  checkDelay(delayMs, at)
  if (!enters.includes(enter)) refuse(at, 'entry', enter, oneOf(enters.slice(1)))
  if (traceparent !== undefined && !traceparentPattern.test(traceparent))
    refuse(at, 'traceparent', traceparent, 'four hexadecimal fields, such as 00-TRACE-SPAN-01')
  if (push.key !== undefined || push.tolls || push.frees) checkEntry(push)
  if (push.wait) checkWait(push.wait, at)
  if (push.reply || push.parentHop !== undefined || push.dead) checkMore(push, at)
  if (event !== undefined || lastHop !== undefined) checkReturn(push, at)
  if (push.marks !== undefined) checkMarks(push.marks, at)
  if (push.text !== undefined) checkText(push.text, at)
}

function checkMore({ token, enter, delayMs, wait, reply, parentHop, dead }: Push, at: Place): void {
  if (reply && enter === undefined) refuse(at, 'entry', enter, 'given where a reply is')
  if (reply) checkReply(reply, at)
  if (parentHop !== undefined) {
    checkCount(at, 'hop of the parent', parentHop)
    if (token.parent === undefined || enter === undefined)
      refuse(at, 'parent', token.parent, 'given where a token enters with a hop of it')
  }
  if (dead && (wait || delayMs))
    refuse(at, 'wait', wait ? 'for letters' : delayMs, 'left out where it is dead')
}

function checkDescent(change: Take): void {
  if (change.descend && change.event !== 'cancelled')
    refuse(change, 'event', change.event, 'cancelled where its descendants are taken too')
}

function checkReturn({ enter, event, lastHop, reply }: Push, at: Place): void {
  if (event === undefined || !returns.includes(event)) refuse(at, 'event', event, oneOf(returns))
  if (enter !== 'replace') refuse(at, 'entry', enter, `replace where the event is ${event}`)
  if (reply) refuse(at, 'reply', reply.name, `left out where the event is ${event}`)
  if (lastHop !== undefined) checkCount(at, 'last hop', lastHop)
}

function checkMark(change: Mark): void {
  const { hop, rev, set, actor, text = null } = change
  if (hop !== undefined) checkCount(change, 'hop', hop)
  if (rev !== undefined) checkCount(change, 'revision', rev)
  if (typeof actor !== 'string') refuse(change, 'actor', actor, 'the name of who sets its marks')
  checkMarks(set, change)
  if (text !== null) checkText(text, change)
}

function checkText(text: string, at: Place): void {
  if (typeof text !== 'string' || text.length > longestText)
    refuse(at, 'text', excerpt(text), `a text of up to ${longestText} characters`)
}

function checkNote(change: Note & Place): void {
  const { attempt, workMs, deploy } = change
  if (attempt !== undefined) checkCount(change, 'attempt', attempt)
  if (deploy !== undefined) checkCount(change, 'deploy', deploy)
  if (workMs !== undefined && !(workMs >= 0 && workMs < Number.POSITIVE_INFINITY))
    refuse(change, 'work', workMs, 'a number of milliseconds from 0')
}

function oneOf(names: readonly (string | undefined)[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
