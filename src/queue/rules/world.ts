import type { Fence, Note, Why } from '../change.ts'
import type { Role } from '../declaration.ts'
import type { HistoryEvent } from '../journey.ts'
import type { Moment } from '../lapse.ts'
import type { Succession } from '../succession.ts'
import type { Stay } from './stay.ts'

/** A queue, as the rules know it. */
export interface RuledQueue {
  readonly name: string
  readonly workflow: string
  readonly role: Role
}

/** A token that a workflow knows, and how its message is doing. */
export interface Known<Queue> {
  /** The number of the token. */
  readonly token: number
  readonly id: string
  readonly hop: number
  readonly finishedAt: number | undefined
  /** The queue that it is in; undefined once it has left. */
  readonly queue: Queue | undefined
  readonly stay: Stay
}

/** What a message is as it comes to a queue. */
export interface Arrival {
  readonly hop: number
  /** Of a token that is known already it stays what it was. */
  readonly parent: string | undefined
  /** JSON text; undefined for no value. */
  readonly value: string | undefined
  /** JSON text; undefined for none. */
  readonly frames: string | undefined
  readonly priority: number
  readonly deploy: number
  /** When it may be leased, if later. */
  readonly due: number | undefined
  /** When its token finished, if the queue is an output. */
  readonly finishedAt: number | undefined
}

/** A line of the history that may be completed until the commit ends. */
export interface OpenLine<Queue> {
  /** Says where the token has gone, and the version that has sent it there, unless that is told already. */
  goesTo(queue: Queue, deploy: number): void
}

/**
 * What a commit works on, in whatever backend: all the rules ask of it, and all they do to it. It is one transaction:
 * if anything throws, nothing of the commit has happened. Everything is asked and told at once, so a backend that has to
 * wait for its tokens fetches first what the changes name.
 */
export interface World<Queue extends RuledQueue> extends Moment {
  /** Throws a `NotFoundError` for a name that means no queue. */
  queue(name: string): Queue
  readonly succession: Succession<Queue>
  known(workflow: string, id: string): Known<Queue> | undefined
  /** Takes a token out of `queue` under the lease that `fence` proves, and returns its number. Throws a `LeaseLostError`. */
  pop(queue: Queue, fence: Fence): number
  /** Takes a token out of its queue. */
  vacate(token: number): void
  /** Lets a token enter that is not known, and returns its number. As with all that comes, it is seen to when it is due. */
  enter(queue: Queue, id: string, to: Arrival): number
  /** Lets a known token enter once more, wherever it is. */
  enterAgain(token: number, queue: Queue, to: Arrival): void
  /** Puts a token into a queue that has left one in this commit. */
  arrive(token: number, queue: Queue, to: Arrival): void
  /** Remembers that a token has left for good, and how it ends if that decides it. */
  end(token: number, outcome: 'cancelled' | 'discarded' | 'done' | undefined): void
  /** Writes how a message is doing in its queue. */
  save(token: number, stay: Stay): void
  line(
    of: Pick<Known<Queue>, 'token' | 'id' | 'hop'>,
    queue: Queue,
    event: HistoryEvent,
    note: Note & Why,
  ): OpenLine<Queue>
  /** Says that something has become visible in `queue` that was there already. */
  tell(queue: Queue): void
  /** Says that something becomes due at a wall time. */
  expectDue(at: number): void
}
