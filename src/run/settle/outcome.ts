import type { Change, Fault } from '../../queue/change.ts'
import { failureOf, faultOf } from '../../queue/fault.ts'
import type { Held } from '../../queue/held.ts'
import { isUnfit, type Opened } from '../../queue/lens.ts'
import { redeliver } from '../../queue/redelivery.ts'
import { andThen, type MaybePromise } from '../../schema/schema.ts'
import type { Runtime } from '../runtime.ts'
import type { Rest } from '../work/rest.ts'
import type { Work } from '../work/work.ts'
import { isAway } from './away-error.ts'
import { closing, closingWishOf, restBehind } from './close-gate.ts'
import { exhaustionOf, type Limits } from './exhaustion.ts'
import { type GateShutError, isGateShut } from './gate-shut.ts'
import { timesLeft } from './times-left.ts'

/**
 * How an attempt ended: with a result; with its message at rest until something has come; with an error (or no time left); before it began, because nothing is left to
 * try, or what is stored does not fit; with its lease gone; given back because the process ends, the database is away, a gate is shut, or
 * because work on several at a time has failed, and any may be to blame; or with a result for
 * which a newer version of the workflow has left no queue.
 */
export type Outcome<In, Out> =
  | {
      readonly kind: 'done'
      readonly opened: Opened<In>
      readonly result: Out
      /** How children enter in the commit of the hop. */
      readonly children?: readonly Change[] | undefined
    }
  | { readonly kind: 'rests'; readonly rest: Rest }
  | {
      readonly kind: 'failed'
      readonly error: unknown
      readonly fault?: Fault['kind']
      /** Whether the gate that the error asks to close was refused: then it is a failure as any other. */
      readonly isPlain?: boolean
    }
  | { readonly kind: 'exhausted' }
  | { readonly kind: 'unfit'; readonly error: unknown }
  | { readonly kind: 'lost' }
  | { readonly kind: 'released' }
  | { readonly kind: 'away'; readonly error: unknown }
  | { readonly kind: 'shut'; readonly error: GateShutError }
  | { readonly kind: 'doubted'; readonly error: unknown }
  | { readonly kind: 'outdated'; readonly reason: string }

/** What an attempt's planner has to know beside its outcome. */
export interface AttemptFacts {
  readonly limits: Limits & Pick<Work<any, any>, 'event'>
  /** From 1. */
  readonly attempt: number
  /** Milliseconds; absent where no work was begun. */
  readonly workMs?: number | undefined
  readonly runtime: Pick<Runtime, 'backend' | 'workflow' | 'jitter'>
}

/** How long a message rests for which the database could not be asked. */
const awayMs = 1000

/** What is to be committed for `outcome`; nothing if its lease is gone. Throws or rejects if the result cannot be planned. */
export function planOutcome<In, Out>(
  held: Held<In, Out>,
  outcome: Outcome<In, Out>,
  facts: AttemptFacts,
): MaybePromise<readonly Change[]> {
  switch (outcome.kind) {
    case 'done': {
      const { attempt, workMs, limits } = facts
      const { opened, result, children } = outcome
      const changes = held.answer(opened, result, { attempt, workMs, event: limits.event })
      return children ? andThen(changes, (hop) => [...hop, ...children]) : changes
    }
    case 'rests':
      return [...outcome.rest.changes, held.rest(outcome.rest.until)]
    case 'failed':
      return planFailure(held, outcome, facts)
    case 'exhausted':
      return giveUpExhausted(held, facts)
    case 'unfit':
      return held.sayNewer === undefined
        ? held.unfit(outcome.error)
        : leaveToNewer(held, held.sayNewer, facts)
    case 'lost':
      return []
    case 'released':
      return [held.postpone(0, false)]
    case 'away':
      return [held.postpone(awayMs, false, { error: faultOf(outcome.error) })]
    case 'shut':
      return [planShut(held, outcome.error, facts)]
    case 'doubted':
      return [held.doubt(outcome.error)]
    case 'outdated':
      return leaveToNewer(held, outcome.reason, facts)
  }
}

function planFailure(
  held: Held<any, any>,
  { error, fault, isPlain }: Extract<Outcome<never, never>, { readonly kind: 'failed' }>,
  { limits, attempt, workMs, runtime }: AttemptFacts,
): MaybePromise<readonly Change[]> {
  const recorded = faultOf(error, fault)
  const wish = isPlain ? undefined : closingWishOf(error)
  if (wish) {
    const note = { attempt, error: recorded, workMs }
    return closing(wish, {
      postpone: (delayMs) => held.postpone(delayMs, false, note),
      gates: gatesBefore(held, limits),
    })
  }
  const next = redeliver(limits.retry, attempt, error, runtime.jitter?.(held.fence))
  if (next === 'give-up') return held.giveUp(failureOf(recorded, attempt, error), { workMs, error: recorded })
  return [held.postpone(next.delayMs, true, { attempt, error: recorded, workMs })]
}

function planShut(
  held: Held<any, any>,
  error: GateShutError,
  { limits, attempt, workMs }: AttemptFacts,
): Change {
  const restMs = restBehind(gatesBefore(held, limits), error.gate, error.forMs)
  return held.postpone(restMs, false, { attempt, error: faultOf(error), workMs })
}

/** The names of the gates that its queue stands behind. */
function gatesBefore({ fence }: Held<any, any>, { gates = [] }: Limits): readonly string[] {
  return [fence.queue, ...gates]
}

async function leaveToNewer(
  held: Held<any, any>,
  reason: string,
  { runtime }: AttemptFacts,
): Promise<readonly Change[]> {
  return [held.leaveToNewer(reason, await timesLeft(runtime, held.row))]
}

/** The outcome of something thrown while a message was opened or worked on. */
export function outcomeOf(error: unknown): Outcome<never, never> {
  if (isAway(error)) return { kind: 'away', error: error.cause }
  if (isGateShut(error)) return { kind: 'shut', error }
  return isUnfit(error) ? { kind: 'unfit', error } : { kind: 'failed', error }
}

/** The changes for a message that is given up before an attempt begins. */
async function giveUpExhausted(
  held: Held<any, any>,
  { limits, runtime }: AttemptFacts,
): Promise<readonly Change[]> {
  const { failure, fault } = await exhaustionOf(runtime, held.row, limits)
  // A crash is not charged: the line is about the attempt that would have been the next.
  const attempt = failure.kind === 'crash' ? failure.attempts + 1 : failure.attempts
  return held.giveUp(failure, { attempt, ...(fault && { error: fault }) })
}
