import type { Role } from '../../queue/declaration.ts'
import type { ParkedWhy } from '../../queue/gate.ts'
import type { Percentiles } from '../board/figures.ts'

/** What has become of the tokens of a database lately, and how they are now: plain JSON. Times are ISO 8601 in UTC. */
export interface Summary {
  /** When it was made. */
  readonly at: string
  /** Where the first of its days begins. */
  readonly since: string
  /** From when on failures, decisions, and what is dead and cancelled were counted: later than `since` if there was too much. */
  readonly countedSince: string
  readonly workflows: readonly string[]
  /** The days in UTC, the earliest first; the last one is not over. */
  readonly days: readonly DayFigures[]
  /** What waits now, by queue. */
  readonly queues: readonly QueueNow[]
  /** What waits at desks, by its class. */
  readonly desks: readonly Classes[]
  /** What is dead, by its class. */
  readonly dead: readonly Classes[]
  /** What is in the outputs, by its state: what `done` has taken off is not. */
  readonly finished: readonly Classes[]
  /** Failures of the days, the most frequent first. */
  readonly failures: readonly FailureKind[]
  /** Failures of further kinds, which are not told apart. */
  readonly otherFailures: number
  /** How long tokens waited and were worked on in the days: the slowest stage first. */
  readonly stages: readonly StageFigures[]
  readonly journeys: SlowJourneys
  /** Gates that let nothing through now. */
  readonly gates: readonly ShutGate[]
}

/** What happened in a day. */
export interface DayFigures {
  /** Such as `2026-11-27`. */
  readonly day: string
  /** Tokens that entered a workflow. */
  readonly entered: number
  /** Tokens that came to an output. */
  readonly finished: number
  /** The same, by the queue that they came from. */
  readonly finishedFrom: Readonly<Record<string, number>>
  /** Attempts that failed, those after which there was another one among them. */
  readonly failedAttempts: number
  /** Tokens that a stage gave up, so that they came to a desk. */
  readonly failedToDesk: number
  /** Decisions that people took at desks. */
  readonly decided: number
  /** Times that a token became dead. */
  readonly dead: number
  readonly cancelled: number
  readonly discarded: number
}

/** How a queue is. */
export interface QueueNow {
  readonly queue: string
  readonly workflow: string
  readonly role: Role | 'inbox'
  readonly ready: number
  readonly leased: number
  readonly delayed: number
  readonly waiting: number
  readonly dead: number
  /** When the message that has been there for longest came. */
  readonly oldest?: string | undefined
}

/** What is in a queue, by what it has in common. */
export interface Classes {
  readonly queue: string
  readonly count: number
  /** The largest first. What has no class is in none. */
  readonly classes: readonly { readonly class: string; readonly count: number }[]
  /** False if there was so much that not all was looked at. */
  readonly exact: boolean
}

/** Failures of one kind in one queue. */
export interface FailureKind {
  readonly queue: string
  readonly kind: 'error' | 'timeout' | 'crash'
  /** The class of the error, such as `TypeError`, and its code. */
  readonly name: string
  readonly code?: string | undefined
  /** Its class: name, code, and the message without what differs from token to token. */
  readonly class: string
  readonly times: number
  /** How many of these were the end of the work on a token there: it went where `failed` leads, or is dead. */
  readonly gaveUp: number
  /** When it was last. */
  readonly last: string
  /** What the last one said, without folders of the machine. */
  readonly example: string
  /** The token that the last one was about. */
  readonly exampleId?: string | undefined
}

/** How slow a stage was. */
export interface StageFigures {
  readonly queue: string
  /** How many tokens have left it. */
  readonly done: number
  readonly failedAttempts: number
  /** How long tokens had waited when they were first leased, in milliseconds; undefined if none was. */
  readonly wait?: Percentiles | undefined
  /** How long the work took, in milliseconds. */
  readonly work?: Percentiles | undefined
  /** How long all of the work took together, in milliseconds. */
  readonly workMs: number
}

/** The journeys that took longest, of those that were looked at: the newest that have finished, and the oldest in each queue. */
export interface SlowJourneys {
  readonly finished: readonly SlowJourney[]
  readonly underWay: readonly SlowJourney[]
  /** How many were looked at. */
  readonly lookedAt: { readonly finished: number; readonly underWay: number }
}

/** A journey, from when the token entered to its end, or to now. */
export interface SlowJourney {
  readonly id: string
  readonly workflow: string
  readonly entered: string
  readonly tookMs: number
  /** Where it is. */
  readonly queue?: string | undefined
}

/** A gate that lets nothing through. */
export interface ShutGate {
  readonly gate: string
  readonly key?: string | undefined
  readonly why: ParkedWhy
  readonly actor?: string | undefined
  readonly reason?: string | undefined
  /** Since when it is closed, where the history says it. */
  readonly since?: string | undefined
  /** When the message came that has been behind it for longest. */
  readonly waitingSince?: string | undefined
  /** When that changes by itself, where it is known. */
  readonly until?: string | undefined
  /** The queues behind it. */
  readonly queues: readonly string[]
}
