import type { Fault, Fence, Note, Why } from '../change.ts'
import type { Remembered, Role } from '../declaration.ts'
import type { HistoryEvent } from '../journey.ts'
import type { Moment } from '../lapse.ts'
import type { Reply } from '../letter.ts'
import type { Marks } from '../marks.ts'
import type { Succession } from '../succession.ts'
import type { Waiting } from '../wait.ts'
import type { BoxWorld } from './box-world.ts'
import type { GatesWorld } from './gates-world.ts'
import type { Tolls } from './paid.ts'
import type { Stay } from './stay.ts'

/** A queue, as the rules know it. */
export interface RuledQueue {
  readonly name: string
  readonly workflow: string
  readonly role: Role
  /** Whether a lease of its messages may have paid at gates. */
  readonly gated: boolean | number
  /** Whether tokens of its workflow may hold units at gates until they leave. */
  readonly holding: boolean | number
  /** Of which stays in it the values are kept. */
  readonly values: Remembered
}

/** A token of a workflow, and the state of its message. */
export interface Known<Queue> {
  /** The number of the token. */
  readonly token: number
  readonly id: string
  readonly hop: number
  readonly finishedAt: number | undefined
  /** The queue that it is in; undefined once it has left. */
  readonly queue: Queue | undefined
  /** The units that it asks for at gates, where that is not 1. */
  readonly asks: Tolls | undefined
  readonly stay: Stay
  /** How often people have changed its marks. */
  readonly rev: number
}

/** What a message is as it comes to a queue. */
export interface Arrival {
  readonly hop: number
  /** Of a token that enters, also once more; ignored by `arrive`, since no hop changes it. */
  readonly parent: string | undefined
  /** As `parent`: of a token that enters. */
  readonly traceparent: string | undefined
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
  /** What few arrivals have. */
  readonly more: ArrivalMore | undefined
  /** The key of its lane; undefined for none. */
  readonly key: string | undefined
  /** The units that it asks for at gates, where that is not 1. */
  readonly asks: Tolls | undefined
}

/** What few arrivals have. */
export interface ArrivalMore {
  /** What it waits for. */
  readonly wait: Waiting | undefined
  /** Why it is dead. */
  readonly dead: Fault | undefined
  /** Where a token that enters has to report. */
  readonly reply: Reply | undefined
}

/** Where a record is kept; 0 for what its scope does not name. */
export interface RecordPlace {
  readonly workflow: string
  /** The number of the token. */
  readonly token: number
  readonly hop: number
  readonly key: string
}

/** What is kept of a record. */
export interface KeptRecord {
  readonly rev: number
  /** JSON text; undefined for none. */
  readonly value: string | undefined
}

/** The records of a world. */
export interface RecordsWorld {
  /** A record that has not ended by now; undefined if there is none. */
  find(place: RecordPlace): KeptRecord | undefined
  /** Keeps a record with a new revision, until a wall time if one is given. `value` is JSON text. */
  keep(place: RecordPlace, value: string | undefined, until: number | undefined): void
  /** Drops a record, if there is one. */
  drop(place: RecordPlace): void
}

/** What a line is about: a token, a queue, or neither. */
export interface About<Queue> {
  /** The number of the token; 0 for none, as its hop is. */
  readonly token: number
  readonly hop: number
  readonly queue: Queue | undefined
}

/** What a world remembers of what was: values of stays, and what people have said. */
export interface PastWorld<Queue> {
  /** Keeps what a token is in the stay that begins with an arrival. */
  keep(token: number, arrival: Pick<Arrival, 'hop' | 'value' | 'frames'>): void
  /** Keeps what a token is in the queue that it is about to leave. */
  keepHere(known: Pick<Known<Queue>, 'token' | 'hop'>): void
  /** The same for a message that is about to be popped, if its `fence` holds. */
  keepPopped(queue: Queue, fence: Fence): void
  /** Writes a line about a token, a queue, or neither. */
  say(about: About<Queue>, event: HistoryEvent, note: Note & Why): void
}
/** The marks of a world; a token is in `queue`, in the stay `hop`. */
export interface MarksWorld<Queue> {
  /** Gives a stay that begins its marks. */
  begin(of: StayOf<Queue>, queue: Queue, marks: ReadonlyMap<string, string | number>): void
  /** Sets marks of a stay, and drops those that are null. */
  set(of: StayOf<Queue>, queue: Queue, marks: Marks): void
  /** Gives a stay the words of its text, by which it is found; none where they are empty. */
  write(of: StayOf<Queue>, queue: Queue, words: readonly string[]): void
  /** Raises the revision of a token by one. */
  raise(token: number): void
  /** Remembers of a stay that begins which queue gave the token up, and for which fault. */
  bring(of: StayOf<Queue>, from: Queue, fault: Fault): void
}

type StayOf<Queue> = Pick<Known<Queue>, 'token' | 'hop'>

/** A line of the history that may be completed until the commit ends. */
export interface OpenLine<Queue> {
  /** Adds where the token has gone, and the version that has sent it there, unless the line says so already. */
  goesTo(queue: Queue, deploy: number): void
}

/**
 * What a commit works on, in every backend: all that the rules read and write. It is one transaction: if anything throws,
 * nothing of the commit has happened. All calls are synchronous, so a backend that reads asynchronously fetches the tokens
 * that the changes name first.
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
  /** Lets a new token enter, and returns its number. As for all arrivals, the backend announces it when it is due. */
  enter(queue: Queue, id: string, to: Arrival): number
  /** Lets a known token enter once more, wherever it is. */
  enterAgain(token: number, queue: Queue, to: Arrival): void
  /** Puts a token into a queue that has left one in this commit. */
  arrive(token: number, queue: Queue, to: Arrival): void
  /**
   * Remembers that a token has left for good. An `outcome` replaces what was recorded; undefined keeps that, or means `done`.
   * A time of finishing that is recorded already stays.
   */
  end(token: number, outcome: 'cancelled' | 'discarded' | 'done' | undefined): void
  /** Writes the state of a message in its queue. */
  save(token: number, stay: Stay): void
  readonly records: RecordsWorld
  readonly box: BoxWorld
  readonly gates: GatesWorld<Queue>
  readonly past: PastWorld<Queue>
  readonly marks: MarksWorld<Queue>
  line(
    of: Pick<Known<Queue>, 'token' | 'id' | 'hop'>,
    queue: Queue,
    event: HistoryEvent,
    note: Note & Why,
  ): OpenLine<Queue>
  /** Notifies listeners that a message which was in `queue` already has become visible. */
  notify(queue: Queue): void
  /** Plans a notification for a wall time at which a message becomes due. */
  expectDue(at: number): void
}
