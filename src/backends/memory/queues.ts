import type { LeaseRequest, Renewal } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import { checkDeclaration } from '../../queue/check-declaration.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Declaration, Deploy } from '../../queue/declaration.ts'
import type { Journey } from '../../queue/journey.ts'
import { lostItsWorker, tookTooLong } from '../../queue/lapse.ts'
import { isOlder, refuseOlder } from '../../queue/older-deploy.ts'
import { holderOf } from '../../queue/person.ts'
import { noQueue, notThere, wasLeftOut } from '../../queue/refusals.ts'
import { successorsOf } from '../../queue/succession.ts'
import { redeclare, refuseToHide } from './declare.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { type Message, rowOf, unleased } from './message.ts'
import { QueueNames } from './queue-names.ts'
import { succession } from './succession.ts'
import { type Event, type Travel, Travels } from './travels.ts'

/** A message and the queue it is in. */
export interface Place {
  readonly queue: MemoryQueue
  readonly message: Message
}

/** Every queue, and where every token is: what leases and commits work on. */
export class Queues {
  readonly clock: Clock
  readonly travels = new Travels()
  readonly #names = new QueueNames()
  #lastNumber = 0
  readonly #deploys = new Map<string, readonly Deploy[]>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Returns the number of the deploy, and the queues in which something has become visible. */
  declare(declaration: Declaration): { readonly deploy: number; readonly woken: ReadonlySet<string> } {
    checkDeclaration(declaration)
    const { workflow } = declaration
    const deploys = this.deploys(workflow)
    const live = this.#names.live(workflow)
    const shares = new Map(live.map(({ name, heirs = [] }) => [name, heirs.map((heir) => heir.name)]))
    const before = { deploys, queues: live.map(({ name }) => name), shares }
    refuseOlder(declaration, before)
    const released = (queue: MemoryQueue, message: Message) =>
      this.tell({ queue, message }, { event: 'released' })
    const older = isOlder(declaration, before)
    if (older) refuseToHide(this.#names, declaration)
    const woken = older ? new Set<string>() : redeclare(this.#names, declaration, released)
    return { deploy: this.#deployOf(declaration, deploys), woken }
  }

  #deployOf({ workflow, fingerprint }: Declaration, deploys: readonly Deploy[]): number {
    const known = deploys.find((deploy) => deploy.fingerprint === fingerprint)
    if (known) return known.deploy
    const added = { deploy: deploys.length + 1, fingerprint, declaredAt: this.clock.now() }
    this.#deploys.set(workflow, [...deploys, added])
    return added.deploy
  }

  /** The versions of `workflow`, oldest first. */
  deploys(workflow: string): readonly Deploy[] {
    return this.#deploys.get(workflow) ?? []
  }

  all(): readonly MemoryQueue[] {
    return this.#names.live()
  }

  /** The queue that is called `name`, or was. */
  find(name: string): MemoryQueue | undefined {
    return this.#names.find(name)
  }

  /** The names that the queue `name` goes by. */
  namesOf(name: string): readonly string[] {
    const queue = this.find(name)
    return queue ? this.#names.of(queue) : []
  }

  /** The queue that is called `name`, or was; throws `NotFoundError`. */
  get(name: string): MemoryQueue {
    const queue = this.find(name)
    if (queue) return queue
    throw noQueue(name)
  }

  /** The queues that `name` means to an operator; throws `NotFoundError` if there are none. */
  successorsOf(name: string): readonly MemoryQueue[] {
    const found = successorsOf(this.get(name), succession)
    if (found.length === 0) throw wasLeftOut(name)
    return found
  }

  travel(workflow: string, id: string): Travel | undefined {
    return this.travels.get(workflow, id)
  }

  whereIs(workflow: string, id: string): Place | undefined {
    for (const queue of this.all()) {
      const message = queue.workflow === workflow ? queue.messages.get(id) : undefined
      if (message) return { queue, message }
    }
    return undefined
  }

  /** The message `id` in the queue `name`; throws `NotFoundError`. */
  place(name: string, id: string): Place {
    const queue = this.get(name)
    const message = queue.messages.get(id)
    if (message) return { queue, message }
    throw notThere({ queue: name, id })
  }

  /** The number of the next token that enters. */
  nextNumber(): number {
    return ++this.#lastNumber
  }

  /** Writes a line about `message` into the history of its token. */
  tell({ queue, message }: Place, note: Omit<Event, 'at' | 'hop' | 'queue'>): void {
    const line = { ...note, at: this.clock.now(), hop: message.hop, queue: queue.name }
    this.travels.tell(queue.workflow, message.id, line)
  }

  journey(workflow: string, id: string, limit: number): Journey | undefined {
    const travel = this.travel(workflow, id)
    if (!travel) return undefined
    const place = this.whereIs(workflow, id)
    const { parent, enteredAt, finishedAt, outcome } = travel
    const lines = travel.lines.slice(Math.max(0, travel.lines.length - limit))
    const where = place && { queue: place.queue.name, row: rowOf(place.message, this.clock) }
    return { id, workflow, parent, enteredAt, finishedAt, outcome, ...where, lines }
  }

  /** Whether a lease in the queue has run out that nobody has renewed. */
  someExpired(name: string): boolean {
    return this.find(name)?.hasExpired(this.clock.elapsed()) ?? false
  }

  /** Leases what `request` asks for; due messages and expired leases become ready before. */
  lease(name: string, request: LeaseRequest): readonly Message[] {
    const queue = this.get(name)
    if (queue.paused) return []
    this.#promote(queue)
    const elapsed = this.clock.elapsed()
    const messages = queue.next(request)
    for (const message of messages) {
      const { owner, leaseMs, timeoutMs, alone = false } = request
      const deadlineAt = elapsed + timeoutMs
      const untilAt = Math.min(elapsed + leaseMs, deadlineAt)
      const lease = message.lease + 1
      const until = { leaseMs, untilAt, deadlineAt }
      queue.file(Object.assign(message, { status: 'leased', lease, owner, alone, ...until }))
      if (queue.spec.role === 'review')
        this.tell({ queue, message }, { event: 'claimed', actor: holderOf(owner), owner })
    }
    return messages
  }

  /** Renews what `owner` holds by `fences`, each as far as its deadline allows. */
  extend(owner: string, fences: readonly Fence[]): Renewal {
    const elapsed = this.clock.elapsed()
    const renewed = new Set<Message>()
    const held = fences.filter((fence) => {
      const queue = this.find(fence.queue)
      const message = queue?.messages.get(fence.id)
      if (!queue || !message || message.owner !== owner || !holds(message, fence)) return false
      message.untilAt = Math.min(elapsed + message.leaseMs, message.deadlineAt)
      queue.file(message)
      renewed.add(message)
      return true
    })
    const strays = this.all().flatMap((queue) =>
      [...queue.messages.values()]
        .filter((message) => message.status === 'leased' && message.owner === owner)
        .filter((message) => message.untilAt > elapsed && !renewed.has(message))
        .map(({ id, hop, lease }) => ({ queue: queue.name, id, hop, lease })),
    )
    return { held, strays }
  }

  #promote(queue: MemoryQueue): void {
    for (let due = queue.nextDue(this.clock.now()); due; due = queue.nextDue(this.clock.now())) {
      queue.file(Object.assign(due, { status: 'ready', dueAt: undefined }))
    }
    const elapsed = this.clock.elapsed()
    for (let lost = queue.nextExpired(elapsed); lost; lost = queue.nextExpired(elapsed)) {
      this.#expire({ queue, message: lost })
    }
  }

  #expire({ queue, message }: Place): void {
    const isReview = queue.spec.role === 'review'
    const isTimeout = message.untilAt >= message.deadlineAt
    const error = isReview ? undefined : isTimeout ? tookTooLong(queue.name) : lostItsWorker(queue.name)
    const actor = message.owner === undefined ? undefined : holderOf(message.owner)
    const attempt = isReview ? undefined : message.attempts + 1
    this.tell({ queue, message }, { event: 'expired', actor, attempt, error, owner: message.owner })
    if (!isReview && isTimeout) message.attempts++
    if (!isReview && !isTimeout) {
      if (message.suspect && message.alone) message.crashes++
      message.suspect = true
    }
    queue.file(Object.assign(message, { status: 'ready', ...unleased, error: error ?? message.error }))
  }
}

function holds(message: Message, { id, hop, lease }: Fence): boolean {
  return message.status === 'leased' && message.id === id && message.hop === hop && message.lease === lease
}
