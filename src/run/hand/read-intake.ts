import type { LeaseRequest } from '../../queue/backend.ts'
import type { Hold } from '../lease/hold.ts'
import type { Runtime } from '../runtime.ts'
import { Suspects } from '../suspects/suspects.ts'
import { untilAborted } from '../until-aborted.ts'
import { type Taken, WaitingRead } from './waiting-read.ts'

/** How long a turn of a suspect waits for a reader that comes back for its next message, in milliseconds. */
const comingBackMs = 100

/** Where it leases, and how. */
interface ReadIntakeParts {
  readonly queue: string
  readonly request: LeaseRequest
  readonly runtime: Runtime
  /** Gives back, uncharged, a message that was leased for a read that has ended, or was aborted by `signal`. Never rejects. */
  readonly giveBack: (hold: Hold, signal?: AbortSignal) => Promise<unknown>
}

/**
 * Leases one message for each read: an ordinary one when there is one and ordinary work may begin, or a suspect that has
 * its turn. A message that was taken counts as work of this process until it is `over`.
 */
export class ReadIntake {
  readonly #parts: ReadIntakeParts
  readonly #suspects: Suspects
  /** Reads that found nothing and can be given a suspect. */
  #parked: readonly WaitingRead[] = []
  #onParked: () => void = () => {}
  #reads = 0
  /** The error that says that the backend is closed, once there is one: then no read waits any more. */
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
      signal?.throwIfAborted()
      return (await this.#lease(signal)) ?? (await this.#wait(signal))
    } finally {
      this.#reads--
    }
  }

  // One watch for as long as it takes: over a network, each costs a request.
  async #wait(signal: AbortSignal | undefined): Promise<Taken> {
    const { queue, runtime } = this.#parts
    const read = new WaitingRead(runtime, queue, signal)
    try {
      for (;;) {
        // Neither wait notices an abort between them.
        signal?.throwIfAborted()
        if (this.#closedBy) throw this.#closedBy
        const woken = read.listen()
        const taken =
          (await this.#lease(signal)) ?? (read.isWoken ? undefined : await this.#park(read, woken))
        if (taken) return this.#unlessAborted(taken, signal)
      }
    } finally {
      read.end()
    }
  }

  async #park(read: WaitingRead, woken: Promise<Taken | undefined>): Promise<Taken | undefined> {
    this.#parked = [...this.#parked, read]
    this.#onParked()
    const taken = await woken
    this.#parked = this.#parked.filter((each) => each !== read)
    return taken
  }

  async #lease(signal: AbortSignal | undefined): Promise<Taken | undefined> {
    if (!this.#parts.runtime.solo.mayAsk()) return undefined
    const leasing = this.#leaseOne()
    const taken = await untilAborted(leasing, signal)
    if (taken) return this.#unlessAborted(taken, signal)
    if (signal?.aborted) void leasing.then((late) => late && this.#decline(late, signal)).catch(() => {})
    return undefined
  }

  async #leaseOne(): Promise<Taken | undefined> {
    const { queue, request, runtime } = this.#parts
    const { keeper, solo } = runtime
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

  /** Gives back a message that was requested before `signal` aborted and came after it: its read has ended. */
  #unlessAborted(taken: Taken, signal: AbortSignal | undefined): Taken {
    if (!signal?.aborted) return taken
    void this.#decline(taken, signal)
    throw signal.reason
  }

  async #decline({ hold, over }: Taken, signal: AbortSignal): Promise<void> {
    await this.#parts.giveBack(hold, signal)
    over()
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
    const read = this.#someParked
    if (read) return new Promise((resolve) => read.wake(this.#take(hold, resolve)))
    // The read was woken, or has ended, during the lease request.
    await this.#parts.giveBack(hold)
    this.#parts.runtime.keeper.drop(hold)
  }
}
