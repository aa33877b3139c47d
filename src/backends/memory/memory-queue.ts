import type { LeaseRequest, QueueCount } from '../../queue/backend.ts'
import type { Clock } from '../../queue/clock.ts'
import type { QueueSpec } from '../../queue/declaration.ts'
import { Heap } from './heap.ts'
import { type Message, statusNow } from './message.ts'

let lastStamp = 0

/** After so long somebody has to look again: the wall clock may have jumped, and made something due. */
const longestWaitMs = 1000

/** One queue: its messages by id, and the same again in the order in which somebody may want them. */
export class MemoryQueue {
  readonly workflow: string
  spec: QueueSpec
  paused = false
  /** Whether its workflow has it no more: then nothing is in it. */
  isRetired = false
  /** Who takes over what is pushed into it; undefined if it takes all itself. */
  heirs: readonly MemoryQueue[] | undefined
  readonly messages = new Map<string, Message>()
  readonly #ready = new Heap()
  readonly #suspects = new Heap()
  readonly #delayed = new Heap()
  readonly #leased = new Heap()

  constructor(workflow: string, spec: QueueSpec) {
    this.workflow = workflow
    this.spec = spec
  }

  get name(): string {
    return this.spec.name
  }

  /** Puts `message` where its status belongs, whether it is new here or has changed. */
  file(message: Message): void {
    message.stamp = ++lastStamp
    this.messages.set(message.id, message)
    if (message.status === 'ready') {
      const heap = message.suspect ? this.#suspects : this.#ready
      heap.push(message, message.priority)
    } else if (message.status === 'delayed') this.#delayed.push(message, message.dueAt!)
    else if (message.status === 'leased') this.#leased.push(message, message.untilAt)
  }

  /** Takes `message` out. */
  remove(message: Message): void {
    message.stamp = 0
    this.messages.delete(message.id)
  }

  /** Takes the next messages out of the ready ones, for `request`; they must be filed again at once. */
  next({ ids, limit = ids?.length ?? 1, suspects = 'include' }: LeaseRequest): readonly Message[] {
    if (ids) return this.#named(ids, suspects).slice(0, limit)
    const found: Message[] = []
    const heaps = { include: [this.#ready, this.#suspects], exclude: [this.#ready], only: [this.#suspects] }
    for (const heap of heaps[suspects]) {
      while (found.length < limit) {
        const message = heap.pop()
        if (!message) break
        found.push(message)
      }
    }
    return found
  }

  #named(ids: readonly string[], suspects: 'include' | 'exclude' | 'only'): Message[] {
    return [...new Set(ids)]
      .map((id) => this.messages.get(id))
      .filter((message) => message !== undefined)
      .filter((message) => message.status === 'ready')
      .filter((message) => suspects === 'include' || message.suspect === (suspects === 'only'))
      .sort((a, b) => Number(a.suspect) - Number(b.suspect) || a.priority - b.priority || a.seq - b.seq)
  }

  /** A delayed message whose time has come, taken out of the delayed ones. */
  nextDue(now: number): Message | undefined {
    return isReached(this.#delayed, now) ? this.#delayed.pop() : undefined
  }

  /** Whether a lease has run out. */
  hasExpired(elapsed: number): boolean {
    return isReached(this.#leased, elapsed)
  }

  /** A message whose lease has run out, taken out of the leased ones. */
  nextExpired(elapsed: number): Message | undefined {
    return isReached(this.#leased, elapsed) ? this.#leased.pop() : undefined
  }

  /** Milliseconds until a delayed message may be due or a lease runs out; undefined if neither will happen. */
  wakesInMs(clock: Clock): number | undefined {
    const due = this.#delayed.peek()
    const until = this.#leased.peek()
    if (!due && !until) return undefined
    const dueMs = due ? Math.min(due.key - clock.now(), longestWaitMs) : Infinity
    return Math.min(dueMs, until ? until.key - clock.elapsed() : Infinity)
  }

  count(clock: Clock): QueueCount {
    const counts = { ready: 0, leased: 0, delayed: 0, dead: 0 }
    let oldestAt: number | undefined
    for (const message of this.messages.values()) {
      counts[statusNow(message, clock)]++
      oldestAt = Math.min(oldestAt ?? message.enteredAt, message.enteredAt)
    }
    const { name: queue, role } = this.spec
    return { queue, workflow: this.workflow, role, ...counts, oldestAt, paused: this.paused }
  }
}

function isReached(heap: Heap, time: number): boolean {
  const first = heap.peek()
  return first !== undefined && first.key <= time
}
