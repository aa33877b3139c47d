import type { Failure } from '../schema/failure.ts'
import { andThen, type MaybePromise } from '../schema/schema.ts'
import type { Leased } from './backend.ts'
import type { Bury, Change, Fault, Fence, Note, Pop } from './change.ts'
import { faultOf } from './fault.ts'
import { isUnfit, type Lens, type Opened, openRow } from './lens.ts'
import { fenceOf, nextStay } from './plan.ts'

/** A message that is leased here, and everything that can be decided about it. Plans only; whoever has it commits. */
export interface Held<In, Out> {
  readonly row: Leased
  readonly fence: Fence
  /** Validates and opens what is stored; see `openRow`. */
  readonly open: () => MaybePromise<Opened<In>>
  /** The hop to where `result` leads. */
  readonly answer: (opened: Opened<In>, result: Out, note?: Answer) => MaybePromise<readonly Change[]>
  /** What becomes of a message whose work has failed for good: its `failed` state, or burial. Never rejects. */
  readonly giveUp: (failure: Failure, note?: Note) => Promise<readonly Change[]>
  /** What becomes of a message whose stored data does not fit: burial, or release if a newer deploy wrote it. */
  readonly unfit: (error: unknown) => readonly Change[]
}

/** What the line of a hop tells: how it came to be, and what `Note` says. */
export interface Answer extends Note {
  readonly event?: Pop['event']
  readonly reason?: string
}

/** How long an older worker leaves alone what a newer deploy wrote, in milliseconds. */
const newerDeployDelayMs = 5000

/** `row`, leased from `queue` and seen through `lens`, for a worker of version `deploy`. */
export function hold<In, Out>(
  queue: string,
  lens: Lens<In, Out>,
  row: Leased,
  deploy: number,
): Held<In, Out> {
  const fence = fenceOf(queue, row)
  const pop = (event: Pop['event'], note: Answer): Pop => ({ kind: 'pop', ...fence, event, ...note })

  return {
    row,
    fence,
    open: () => openRow(lens, queue, row),
    answer: (opened, result, note = {}) =>
      andThen(lens.answer(nextStay(row, deploy), opened.stored, result), (changes) => [
        pop('moved', note),
        ...changes,
      ]),

    async giveUp(failure, note = {}) {
      const { attempts: attempt, details: _, ...error } = failure
      const told = { attempt, error, ...note }
      if (!lens.fail) return [bury(fence, told)]
      try {
        const stored = lens.schema['~standard'].validate(row.value)
        const result = await stored
        if (result.issues) return [bury(fence, told)]
        return [pop('failed', told), ...(await lens.fail(nextStay(row, deploy), result.value, failure))]
      } catch (second) {
        return [bury(fence, { ...told, error: both(error, faultOf(second)) })]
      }
    },

    unfit(error) {
      if (row.deploy > deploy)
        return [{ kind: 'postpone', ...fence, delayMs: newerDeployDelayMs, charge: false }]
      return [bury(fence, { error: faultOf(error) })]
    },
  }
}

/** Whether `held.unfit` is the answer to `error`. */
export { isUnfit }

function bury(fence: Fence, note: Note): Bury {
  return { kind: 'bury', ...fence, ...note }
}

function both(first: Fault, second: Fault): Fault {
  const message = `${first.message} - and then its \`failed\` route failed too: ${second.name}: ${second.message}`
  return { ...first, message }
}
