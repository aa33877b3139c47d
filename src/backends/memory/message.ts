import type { Fault } from '../../queue/change.ts'
import type { Clock } from '../../queue/clock.ts'
import { statusAt } from '../../queue/lapse.ts'
import type { Leased, Row, Status } from '../../queue/rows.ts'
import type { Token } from '../../queue/token.ts'
import type { Json } from '../../schema/json.ts'

/** A message as memory keeps it: value and frames as JSON text, so that nobody shares an object with the queue. */
export interface Message extends Omit<Token, 'frames'> {
  /** The number of its token. */
  readonly seq: number
  /** Undefined for a value that JSON has no text for. */
  readonly text: string | undefined
  readonly framesText: string
  readonly enteredAt: number
  /** Changes whenever the message changes its place among the others; 0 once it has left. */
  stamp: number
  status: Status
  suspect: boolean
  /** Whether its worker has leased it alone, and works on nothing else yet. */
  alone: boolean
  attempts: number
  crashes: number
  lease: number
  owner: string | undefined
  leaseMs: number
  /** In elapsed time, as `deadlineAt`. */
  untilAt: number
  deadlineAt: number
  dueAt: number | undefined
  error: Fault | undefined
  progress: Row['progress']
}

/** What whoever leased `message` gets. */
export function leasedOf(message: Message): Leased {
  const { id, hop, priority, parent, deploy, lease, attempts, crashes, suspect } = message
  const frames: Json[] = JSON.parse(message.framesText)
  return {
    id,
    hop,
    frames,
    priority,
    parent,
    deploy,
    value: parsedValue(message),
    lease,
    attempts,
    crashes,
    suspect,
  }
}

/** What anybody may see of `message`. */
export function rowOf(message: Message, clock: Clock): Row {
  const { enteredAt, dueAt, error } = message
  const status = statusNow(message, clock)
  const leaseLeftMs = message.status === 'leased' ? Math.max(0, message.untilAt - clock.elapsed()) : undefined
  const { owner, progress } = status === message.status ? message : unleased
  return { ...leasedOf(message), status, enteredAt, owner, leaseLeftMs, dueAt, error, progress }
}

/** The status of `message` for those who look, see `statusAt`. */
export function statusNow({ status, untilAt: until, dueAt: due }: Message, clock: Clock): Status {
  return statusAt({ status, until, due }, { now: clock.now(), elapsed: clock.elapsed() })
}

/** What a message has that nobody works on. */
export const unleased = { owner: undefined, progress: undefined } as const

/** What is to wait for `delayMs`, or not at all. */
export function waiting(
  delayMs: number,
  clock: Clock,
): Pick<Message, 'status' | 'dueAt' | 'owner' | 'progress'> {
  if (delayMs <= 0) return { status: 'ready', dueAt: undefined, ...unleased }
  return { status: 'delayed', dueAt: clock.now() + delayMs, ...unleased }
}

/** The tag of the state in `message`; undefined if its value is none. */
export function tagOf(message: Message): string | undefined {
  const value = parsedValue(message) as { tag?: unknown } | null | undefined
  return typeof value?.tag === 'string' ? value.tag : undefined
}

function parsedValue({ text }: Message): Json {
  return text === undefined ? undefined : JSON.parse(text)
}
