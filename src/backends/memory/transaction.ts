import type { Note, Why } from '../../queue/change.ts'
import { endsAs } from '../../queue/ends-as.ts'
import type { HistoryEvent } from '../../queue/journey.ts'
import type { MemoryQueue } from './memory-queue.ts'
import type { Message } from './message.ts'
import type { Place, Queues } from './queues.ts'
import type { Travel } from './travels.ts'

/** Everything that a commit may do to a message, and how to take it back. */
export class Transaction {
  readonly queues: Queues
  /** The queues in which something has become visible. */
  readonly woken = new Set<string>()
  readonly #undo: (() => void)[] = []
  /** Tokens that are in no queue just now. */
  readonly #left = new Map<string, { readonly travel: Travel; readonly event: HistoryEvent }>()

  constructor(queues: Queues) {
    this.queues = queues
  }

  /** Gives `message` other fields, and the place that goes with them. */
  change({ queue, message }: Place, fields: Partial<Message>): void {
    const before = { ...message }
    this.#undo.push(() => queue.file(Object.assign(message, before)))
    queue.file(Object.assign(message, fields))
  }

  /** Puts a new message into `queue`. */
  add({ queue, message }: Place): void {
    queue.file(message)
    this.#undo.push(() => queue.remove(message))
  }

  /** Takes `message` out by `event`, and tells so; its token may go on in this commit. */
  leave({ queue, message }: Place, event: HistoryEvent, note: Note & Why): void {
    this.tell({ queue, message }, event, note)
    this.remove({ queue, message })
    const travel = this.queues.travel(queue.workflow, message.id)!
    this.#left.set(keyOf(queue, message.id), { travel, event })
  }

  /** Whether the token `id` has left a queue and is in none; if so, it now goes on. */
  goesOn(queue: MemoryQueue, id: string): boolean {
    return this.#left.delete(keyOf(queue, id))
  }

  /** Takes `message` out. */
  remove({ queue, message }: Place): void {
    queue.remove(message)
    this.#undo.push(() => queue.file(message))
  }

  /** Makes known a token that enters for the first time. */
  addTravel(workflow: string, travel: Travel): void {
    this.queues.travels.add(workflow, travel)
    this.#undo.push(() => this.queues.travels.delete(workflow, travel.id))
  }

  /** Changes what is known of a token. */
  changeTravel(travel: Travel, fields: Partial<Travel>): void {
    const before = { ...travel }
    this.#undo.push(() => Object.assign(travel, before))
    Object.assign(travel, fields)
  }

  /** Writes a line into the history. */
  tell({ queue, message }: Place, event: HistoryEvent, note: Note & Why): void {
    const { lines } = this.queues.travel(queue.workflow, message.id)!
    this.queues.tell({ queue, message }, { event, ...note })
    this.#undo.push(() => lines.pop())
  }

  /** Finishes what has left for good. */
  end(): void {
    const finishedAt = this.queues.clock.now()
    for (const { travel, event } of this.#left.values()) {
      const outcome = endsAs(event) ?? travel.outcome ?? 'done'
      this.changeTravel(travel, { finishedAt: travel.finishedAt ?? finishedAt, outcome })
    }
  }

  /** Takes everything back, the last first. */
  rollBack(): void {
    for (const undo of this.#undo.reverse()) undo()
  }
}

function keyOf(queue: MemoryQueue, id: string): string {
  return JSON.stringify([queue.workflow, id])
}
