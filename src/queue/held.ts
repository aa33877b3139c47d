import type { Failure } from '../schema/failure.ts'
import { andThen, type MaybePromise } from '../schema/schema.ts'
import type { Bury, Change, Fence, Note, Pop, Postpone } from './change.ts'
import { failureOf, faultOf, faultOfBoth } from './fault.ts'
import { type Lens, type Opened, openRow } from './lens.ts'
import { nextStay } from './plan.ts'
import type { Leased } from './rows.ts'

/** What the history line of a hop says: why the message left, and what is in `Note`. */
export interface Answer extends Note {
  readonly event?: Pop['event'] | undefined
  readonly reason?: string
}

/**
 * How long an older worker leaves alone what a newer deploy wrote, or has no next queue for any more, in milliseconds:
 * twice as long each time, up to ten minutes, since after a rollback no process may come that can read it.
 */
const newerDeployMs = { first: 5000, longest: 600_000 }

/** The name of the error in the row, and in the line, of a message that is left to a newer version. */
export const newerDeployName = 'NewerDeployError'

/** The owner of a lease, and the number of its version of the workflow. */
export interface Holder {
  readonly owner: string
  readonly deploy: number
}

/** A message that is leased here, and everything that can be decided about it. Plans only; the caller commits. */
export class Held<In, Out> {
  readonly row: Leased
  readonly fence: Fence
  readonly #lens: Lens<In, Out>
  readonly #holder: Holder

  constructor(
    lens: Lens<In, Out>,
    { row, fence }: { readonly row: Leased; readonly fence: Fence },
    holder: Holder,
  ) {
    this.row = row
    this.fence = fence
    this.#lens = lens
    this.#holder = holder
  }

  /** Validates and opens what is stored; see `openRow`. */
  open(): MaybePromise<Opened<In>> {
    return openRow(this.#lens, this.fence.queue, this.row)
  }

  /** The hop to where `result` leads. */
  answer(opened: Opened<In>, result: Out, note: Answer = {}): MaybePromise<readonly Change[]> {
    const next = nextStay(this.row, this.#holder.deploy)
    return andThen(this.#lens.answer(next, opened.stored, result), (changes) => [
      this.pop(note.event ?? 'moved', note),
      ...changes,
    ])
  }

  /** What becomes of a message whose work has failed for good: its `failed` state, or burial. Never rejects. */
  async giveUp(failure: Failure, note: Note = {}): Promise<readonly Change[]> {
    const { attempts: attempt, details: _, ...plain } = failure
    const error = note.error ?? plain
    const noted = { attempt, ...note, error }
    const { fail, schema } = this.#lens
    if (!fail) return [this.#bury(noted)]
    try {
      const result = await schema['~standard'].validate(this.row.value)
      if (result.issues) return [this.#bury(noted)]
      const changes = await fail(nextStay(this.row, this.#holder.deploy), result.value, failure)
      return [this.pop('failed', noted), ...changes]
    } catch (second) {
      return [this.#bury({ ...noted, error: faultOfBoth(error, second) })]
    }
  }

  /** Why a message that does not fit is left to a newer version, if one wrote it. */
  get sayNewer(): string | undefined {
    const [{ deploy }, own] = [this.row, this.#holder.deploy]
    if (deploy <= own) return undefined
    return `Deploy ${deploy} wrote it, and deploy ${own}, which found it, cannot read that; it waits for deploy ${deploy} or a newer one.`
  }

  /** What becomes of a message that does not fit: as if all attempts had failed. Never rejects. */
  unfit(error: unknown): Promise<readonly Change[]> {
    const fault = faultOf(error)
    return this.giveUp(failureOf(fault, this.row.attempts), { attempt: undefined, error: fault })
  }

  /** Gives back, uncharged and for a while, a message that only a newer version can work on; `before` counts earlier times. */
  leaveToNewer(message: string, before: number): Postpone {
    const delayMs = Math.min(newerDeployMs.longest, newerDeployMs.first * 2 ** before)
    return this.postpone(delayMs, false, { error: { kind: 'error', name: newerDeployName, message } })
  }

  /** Gives the message back, charged with an attempt or not. */
  postpone(delayMs: number, charge: boolean, note: Note = {}): Postpone {
    const { owner, deploy } = this.#holder
    return { kind: 'postpone', ...this.fence, delayMs, charge, owner, deploy, ...note }
  }

  /** Lets the message rest, uncharged, until its wait or delay is over. */
  rest({ wait, delayMs }: Pick<Postpone, 'wait' | 'delayMs'>): Postpone {
    const { owner, deploy } = this.#holder
    return { kind: 'postpone', ...this.fence, charge: false, owner, deploy, wait, delayMs }
  }

  /** Gives the message back at once, uncharged, to be worked on alone: it may be why work on several has failed with `error`. */
  doubt(error: unknown): Postpone {
    return { ...this.postpone(0, false, { error: faultOf(error) }), suspect: true }
  }

  /** Takes the message out of its queue. Field by field: this runs at every hop, where a spread costs more than all the rest. */
  pop(event: Pop['event'], note: Answer = {}): Pop {
    const { queue, id, hop, lease } = this.fence
    const { owner, deploy } = this.#holder
    const { attempt, actor, reason, error, workMs } = note
    return {
      kind: 'pop',
      queue,
      id,
      hop,
      lease,
      event,
      attempt,
      actor,
      reason,
      error,
      workMs,
      owner,
      deploy,
    }
  }

  #bury(note: Note): Bury {
    const { owner, deploy } = this.#holder
    return { kind: 'bury', ...this.fence, owner, deploy, ...note }
  }
}
