import type { LeaseRequest } from '../queue/backend.ts'
import { release } from '../queue/plan.ts'
import { commitAgain } from './commit-again.ts'
import type { Hold } from './hold.ts'
import type { Runtime } from './runtime.ts'
import { Suspects } from './suspects.ts'
import { type Taken, WaitingRead } from './waiting-read.ts'

/** How long a turn of a suspect waits for a reader that comes back for its next message, in milliseconds. */
const comingBackMs = 100

/** Where it leases, and how. */
interface ReadIntakeParts {
  readonly queue: string
  readonly request: LeaseRequest
  readonly runtime: Runtime
}

/**
 * Leases one message at a time for those who read: an ordinary one when there is one and ordinary work may begin, or a
 * suspect that has its turn. What was taken counts as work of this process until it is `over`.
 */
export class ReadIntake {
  readonly #parts: ReadIntakeParts
  readonly #suspects: Suspects
  /** Reads that found nothing and can be given a suspect. */
  #parked: readonly WaitingRead[] = []
  #onParked: () => void = () => {}
  #reads = 0
  /** What says that the backend is closed, once that is known: no read waits any more. */
  #closedBy: unknown
  /** Whether anything was read since suspects were last looked for. */
  #isUsed = false

  constructor(parts: ReadIntakeParts) {
    this.#parts = parts
    this.#suspects = new Suspects({
      ...parts,
      room: () => this.#room(),
      start: (hold) => this.#give(hold),
      answered: () => {},
      closed: (error) => {
        this.#closedBy = error
        for (const read of this.#parked) read.wake()
      },
      isWanted: () => {
        const isWanted = this.#isUsed || this.#reads > 0
        this.#isUsed = false
        return isWanted
      },
    })
  }

  /** The next message, waiting until `signal` aborts. Rejects when the backend is closed. */
  async next(signal: AbortSignal | undefined): Promise<Taken> {
    this.#reads++
    this.#isUsed = true
    void this.#suspects.watch()
    try {
      for (;;) {
        // An abort between two waits is heard by neither.
        signal?.throwIfAborted()
        if (this.#closedBy) throw this.#closedBy
        const taken = await this.#look(signal)
        if (taken) return taken
      }
    } finally {
      this.#reads--
    }
  }

  /** What can be leased now; if nothing can, what comes until the next time to look. */
  async #look(signal: AbortSignal | undefined): Promise<Taken | undefined> {
    const { queue, runtime } = this.#parts
    const read = new WaitingRead(runtime, queue, signal)
    try {
      const taken = await this.#lease()
      if (taken || read.isWoken) return taken
      this.#parked = [...this.#parked, read]
      this.#onParked()
      return await read.woken
    } finally {
      this.#parked = this.#parked.filter((each) => each !== read)
      read.end()
    }
  }

  async #lease(): Promise<Taken | undefined> {
    const { queue, request, runtime } = this.#parts
    const { keeper, solo } = runtime
    if (!solo.mayAsk()) return undefined
    try {
      const [hold] = await keeper.lease(queue, { ...request, suspects: 'exclude' })
      if (!hold) return undefined
      await solo.join()
      return this.#take(hold)
    } finally {
      solo.end()
    }
  }

  #take(hold: Hold, left = () => {}): Taken {
    const { keeper, solo } = this.#parts.runtime
    let isOver = false
    solo.begin()
    return {
      hold,
      over() {
        if (isOver) return
        isOver = true
        keeper.drop(hold)
        solo.end()
        left()
      },
    }
  }

  /** Whether a read is parked, or one comes back in a moment. */
  async #room(): Promise<boolean> {
    const { clock } = this.#parts.runtime
    if (!this.#someParked) {
      await new Promise<void>((resolve) => {
        this.#onParked = resolve
        clock.after(comingBackMs, resolve)
      })
    }
    return this.#someParked !== undefined
  }

  get #someParked(): WaitingRead | undefined {
    return this.#parked.find(({ isWoken }) => !isWoken)
  }

  /** Gives a suspect to a read that is parked; resolves when it is over. */
  async #give(hold: Hold): Promise<void> {
    const { runtime } = this.#parts
    const read = this.#someParked
    if (read) return new Promise((resolve) => read.wake(this.#take(hold, resolve)))
    // It was woken, or has gone, while the lease was asked for.
    const { fence } = hold
    const message = 'A suspect could not be given back; trying again.'
    try {
      await commitAgain(runtime, [release(fence)], { fence, message, isOver: () => hold.isLost })
    } finally {
      runtime.keeper.drop(hold)
    }
  }
}
