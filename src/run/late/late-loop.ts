import { Alarm } from '../../queue/alarm.ts'
import type { Backend } from '../../queue/backend.ts'
import type { Clock } from '../../queue/clock.ts'
import { isClosedError, isForbiddenError, isPipewrightError } from '../../queue/errors.ts'
import { type Lateness, openStored } from '../../queue/lens.ts'
import { nextStay } from '../../queue/plan.ts'
import type { Row, Status } from '../../queue/rows.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Log } from '../log.ts'

/*
 * A message is late when it has been in its queue for `afterMs`. Nothing is stored for that: messages are listed in the order in
 * which they came, so the oldest is late first, and where nothing waits, the next that comes is late `afterMs` later. Every
 * process that works on the workflow looks when the oldest is due, and sends on what is late and not leased, each in a commit
 * of its own that takes just that stay: of several processes one succeeds, and a worker or person who has answered in the same
 * moment has the better of it, or is refused. A message that is leased when it becomes late is looked at again when that
 * lease may be over.
 */

/** A queue in which a message has only so much time. */
export interface LateQueue extends Lateness {
  readonly queue: string
  /** Of what is stored in it. */
  readonly stored: Schema
}

interface LateParts {
  readonly backend: Backend
  readonly deploy: number
  readonly clock: Clock
  readonly log: Log
}

const pageSize = 100
const againMs = 1000
/** The wall clock may be set, and a lease may end long before its time. */
const longestWaitMs = 60_000
/** In these a message may be sent on. */
const resting: readonly Status[] = ['ready', 'delayed', 'waiting']

/** Sends on the messages of one queue whose time is over, as long as this process works on its workflow. */
export class LateLoop {
  readonly #parts: LateParts
  readonly #late: LateQueue
  readonly #alarm: Alarm
  #unwatch: (() => void) | undefined
  #isLooking = false
  /** Whether something has come since this look began. */
  #hasCome = false
  /** The stays that could not be sent on, so that each is told once. */
  readonly #stuck = new Set<string>()

  constructor(parts: LateParts, late: LateQueue) {
    this.#parts = parts
    this.#late = late
    this.#alarm = new Alarm(parts.clock, () => void this.#look())
  }

  /** Sends on until the function that is returned is called. */
  begin(): () => void {
    this.#unwatch = this.#parts.backend.watch((queue) => {
      if (queue === undefined || queue === this.#late.queue) this.#came()
    })
    this.#expect(0)
    return () => {
      this.#unwatch?.()
      this.#unwatch = undefined
      this.#alarm.off()
    }
  }

  // What has just come is late `afterMs` from now, and that may be sooner than what is leased is looked at again.
  #came(): void {
    this.#hasCome = true
    if (!this.#isLooking) this.#expect(this.#late.afterMs)
  }

  #expect(ms: number): void {
    this.#alarm.within(Math.min(Math.max(ms, 1), longestWaitMs))
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    this.#hasCome = false
    try {
      const waits = [await this.#heldMs()]
      for (const status of resting) waits.push(await this.#sendOn(status))
      if (this.#hasCome) waits.push(this.#late.afterMs)
      const ms = Math.min(...waits)
      this.#isLooking = false
      if (this.#unwatch && ms < Number.POSITIVE_INFINITY) this.#expect(ms)
    } catch (error) {
      this.#isLooking = false
      this.#failed(error)
    }
  }

  /** Sends on what is late of the messages in a status. Returns how long to wait for the next. */
  async #sendOn(status: Status): Promise<number> {
    const { backend } = this.#parts
    let after: string | undefined
    do {
      const { rows, next } = await backend.list(this.#late.queue, {
        only: { status },
        after,
        limit: pageSize,
      })
      const end = rows.findIndex((row) => this.#leftMs(row) > 0)
      const late = end < 0 ? rows : rows.slice(0, end)
      await Promise.all(late.map((row) => this.#take(row)))
      if (end >= 0) return this.#leftMs(rows[end]!)
      after = next
    } while (after !== undefined && this.#unwatch)
    return Number.POSITIVE_INFINITY
  }

  /**
   * How long to wait for the oldest message that is leased: until it is late, or else until its lease may be over. That may end
   * before its time, and so may those of younger ones: it waits no longer than a message may be there.
   */
  async #heldMs(): Promise<number> {
    const { backend } = this.#parts
    const { rows } = await backend.list(this.#late.queue, { only: { status: 'leased' }, limit: 1 })
    const [row] = rows
    if (!row) return Number.POSITIVE_INFINITY
    const leftMs = this.#leftMs(row)
    return leftMs > 0 ? leftMs : Math.max(againMs, Math.min(row.leaseLeftMs ?? 0, this.#late.afterMs))
  }

  #leftMs({ enteredAt }: Row): number {
    return enteredAt + this.#late.afterMs - this.#parts.clock.now()
  }

  async #take(row: Row): Promise<void> {
    const { backend, deploy, log } = this.#parts
    const { queue, stored, plan } = this.#late
    const { id, hop } = row
    const stay = JSON.stringify([id, hop])
    if (this.#stuck.has(stay)) return
    try {
      const value = await openStored(stored, queue, row)
      const pushes = await plan(nextStay(row, deploy), value)
      const take = { kind: 'take', queue, id, hop, unheld: true, skip: true, event: 'late' } as const
      const { skipped } = await backend.commit([{ ...take, deploy, attempt: row.attempts }, ...pushes])
      if (skipped.length === 0) log.info('A token was late and has been sent on.', { queue, id, hop })
    } catch (error) {
      if (isPipewrightError(error) && error.code === 'backend') throw error
      this.#stuck.add(stay)
      log.error('A token is late, and cannot be sent on; it stays.', {
        queue,
        id,
        hop,
        error: sayBriefly(error),
      })
    }
  }

  #failed(error: unknown): void {
    const { log } = this.#parts
    // A newer version may have left the queue out; and where this process may not, another that may does it.
    const isOver =
      isClosedError(error) ||
      isForbiddenError(error) ||
      (isPipewrightError(error) && error.code === 'not_found')
    if (!this.#unwatch || isOver) return
    const { queue } = this.#late
    log.error('Late tokens could not be sent on; trying again.', { queue, error: sayBriefly(error) })
    this.#expect(againMs)
  }
}
