import type { HistoryEvent } from '../../queue/backend.ts'
import type { Bury, Change, Fence, Note, Pop, Postpone, Push, Revive, Take } from '../../queue/change.ts'
import { ConflictError, LeaseLostError } from '../../queue/errors.ts'
import type { MemoryQueue } from './memory-queue.ts'
import type { Message } from './message.ts'
import { messageOf } from './push.ts'
import type { Queues } from './queues.ts'
import type { Travel } from './travels.ts'

interface Place {
  readonly queue: MemoryQueue
  readonly message: Message
}

/** A commit under way: applies one change after the other, and remembers how to take each back. */
export class Commit {
  /** The queues in which something has become visible. */
  readonly woken = new Set<string>()
  readonly #queues: Queues
  readonly #undo: (() => void)[] = []
  /** Tokens that are in no queue just now. */
  readonly #left = new Map<string, Travel>()

  constructor(queues: Queues) {
    this.#queues = queues
  }

  /** Applies all of `changes`, or throws what the first refused one asks for, with nothing changed. */
  apply(changes: readonly Change[]): void {
    try {
      for (const change of changes) this.#apply(change)
      for (const travel of this.#left.values()) this.#finish(travel)
    } catch (error) {
      for (const undo of this.#undo.reverse()) undo()
      throw error
    }
  }

  #apply(change: Change): void {
    if (change.kind === 'push') this.#push(change)
    else if (change.kind === 'take') this.#take(change)
    else if (change.kind === 'revive') this.#revive(change)
    else {
      const place = this.#held(change)
      if (change.kind === 'pop') this.#leave(place, change)
      else if (change.kind === 'postpone') this.#postpone(place, change)
      else if (change.kind === 'bury') this.#bury(place, change)
      else this.#change(place, { progress: { fraction: change.fraction, note: change.note } })
    }
  }

  #held(fence: Fence): Place {
    const { queue: name, id, hop, lease } = fence
    const queue = this.#queues.find(name)
    const message = queue?.messages.get(id)
    if (queue && message?.status === 'leased' && message.hop === hop && message.lease === lease) {
      return { queue, message }
    }
    const text = `The lease ${lease} on "${id}" in the queue "${name}" (hop ${hop}) does not hold any more.`
    throw new LeaseLostError(text, { queue: name, id })
  }

  #postpone(place: Place, change: Postpone): void {
    const { charge, delayMs, error } = change
    this.#tell(place, charge ? 'postponed' : 'released', change)
    this.#change(place, {
      ...this.#waiting(delayMs),
      attempts: place.message.attempts + (charge ? 1 : 0),
      suspect: place.message.suspect && !charge,
      error: error ?? place.message.error,
    })
    this.woken.add(place.queue.name)
  }

  #bury(place: Place, change: Bury): void {
    this.#tell(place, 'buried', change)
    this.#change(place, {
      status: 'dead',
      owner: undefined,
      suspect: false,
      error: change.error ?? place.message.error,
    })
  }

  #revive(change: Revive): void {
    const queue = this.#queues.get(change.queue)
    const message = queue.messages.get(change.id)
    if (!message) throw this.#queues.missing(change.queue, change.id)
    if (message.status !== 'dead') {
      const text = `"${change.id}" in the queue "${change.queue}" is ${message.status}; only a dead message can be revived.`
      throw new ConflictError(text, change)
    }
    this.#tell({ queue, message }, 'revived', change)
    this.#change({ queue, message }, { ...this.#waiting(0), attempts: 0, crashes: 0, suspect: false })
    this.woken.add(queue.name)
  }

  #take(change: Take): void {
    const queue = this.#queues.get(change.queue)
    const message = queue.messages.get(change.id)
    const { clock } = this.#queues
    if (!message || (change.hop ?? message.hop) !== message.hop) {
      const isKnown = change.hop !== undefined && this.#queues.travel(queue.workflow, change.id)
      if (!isKnown) throw this.#queues.missing(change.queue, change.id)
      const text = `"${change.id}" is not in the queue "${change.queue}" any more as hop ${change.hop}; it has moved on.`
      throw new ConflictError(text, change)
    }
    if (change.unheld && message.status === 'leased' && clock.elapsed() < message.untilAt) {
      const text = `"${change.id}" in the queue "${change.queue}" is held by "${message.owner}".`
      throw new ConflictError(text, change)
    }
    this.#leave({ queue, message }, change)
  }

  #leave({ queue, message }: Place, change: Pop | Take): void {
    const travel = this.#queues.travel(queue.workflow, message.id)!
    this.#tell({ queue, message }, change.event, change)
    this.#left.set(keyOf(queue, message.id), travel)
    this.#remove({ queue, message })
  }

  #finish(travel: Travel): void {
    this.#remember(travel)
    travel.finishedAt ??= this.#queues.clock.now()
  }

  #push(push: Push): void {
    const queue = this.#queues.get(push.queue)
    const hop = push.enter ? this.#enter(push, queue) : this.#goOn(push, queue)
    if (hop === undefined) return
    const message = messageOf({ push, hop, ...this.#queues.stamp() }, this.#waiting(push.delayMs ?? 0))
    queue.file(message)
    this.#undo.push(() => queue.remove(message))
    const travel = this.#queues.travel(queue.workflow, message.id)!
    this.#remember(travel)
    travel.hop = hop
    travel.finishedAt = queue.spec.role === 'output' ? message.enteredAt : undefined
    if (push.enter) this.#tell({ queue, message }, 'entered', push)
    this.woken.add(queue.name)
  }

  #goOn({ token }: Push, queue: MemoryQueue): number {
    if (this.#left.delete(keyOf(queue, token.id))) return token.hop
    const text = `"${token.id}" cannot go on into the queue "${queue.name}": it has left no queue in this commit.`
    throw new ConflictError(text, { queue: queue.name, id: token.id })
  }

  /** The hop under which a token comes in from outside; undefined if it stays out. */
  #enter({ token: { id, parent }, enter }: Push, queue: MemoryQueue): number | undefined {
    const { name, workflow } = queue
    const known = this.#queues.travel(workflow, id)
    const enteredAt = this.#queues.clock.now()
    if (!known) {
      this.#queues.travels.add(workflow, { id, parent, enteredAt, finishedAt: undefined, hop: 0, lines: [] })
      this.#undo.push(() => this.#queues.travels.delete(workflow, id))
      return 1
    }
    if (enter === 'ignore') return undefined
    if (enter === 'refuse') {
      const text = `The workflow "${workflow}" knows "${id}" already; it cannot enter the queue "${name}" again.`
      throw new ConflictError(text, { queue: name, id })
    }
    const place = this.#queues.whereIs(workflow, id)
    if (place) {
      this.#tell(place, 'replaced', {})
      this.#remove(place)
    }
    this.#left.delete(keyOf(queue, id))
    this.#remember(known)
    Object.assign(known, { parent, enteredAt })
    return known.hop + 1
  }

  #waiting(delayMs: number): Pick<Message, 'status' | 'dueAt' | 'owner'> {
    if (delayMs <= 0) return { status: 'ready', dueAt: undefined, owner: undefined }
    return { status: 'delayed', dueAt: this.#queues.clock.now() + delayMs, owner: undefined }
  }

  #change({ queue, message }: Place, fields: Partial<Message>): void {
    const before = { ...message }
    this.#undo.push(() => queue.file(Object.assign(message, before)))
    queue.file(Object.assign(message, fields))
  }

  #remove({ queue, message }: Place): void {
    queue.remove(message)
    this.#undo.push(() => queue.file(message))
  }

  #remember(travel: object): void {
    const before = { ...travel }
    this.#undo.push(() => Object.assign(travel, before))
  }

  #tell({ queue, message }: Place, event: HistoryEvent, note: Note): void {
    const lines = this.#queues.travel(queue.workflow, message.id)!.lines
    this.#queues.tell({ queue, message }, { event, ...note })
    this.#undo.push(() => lines.pop())
  }
}

function keyOf(queue: MemoryQueue, id: string): string {
  return JSON.stringify([queue.workflow, id])
}
