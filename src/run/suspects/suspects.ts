import { isClosedError } from '../../queue/errors.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Hold } from '../lease/hold.ts'
import { accompany } from './accompany.ts'
import { answerMs } from './alone-turn.ts'
import { type LeasedSuspect, leaseSuspect, type SuspectLease, suspectsIn } from './lease-suspect.ts'
import { Losses } from './losses.ts'
import type { Turn } from './solo.ts'
import { aloneMsOf } from './suspicion.ts'

const everyMs = 1000
/** How often it looks while nothing seems to have come: what has told it of all else may have failed. */
const quietMs = 300_000
const besideAfterMs = 60_000
/** Shorter than elsewhere: where only suspects run, no other work is disturbed. */
const besideAfterInOnlyMs = 10_000

/** What `Suspects` needs to know about its queue and its worker. */
export interface SuspectsParts extends SuspectLease {
  /** Resolves when the worker can take a suspect; with false if it cannot, or does not want to any more. */
  readonly room: () => Promise<boolean>
  /** Works on what was leased; resolves when nothing of that runs any more and its outcome is committed. */
  readonly start: (hold: Hold) => Promise<void>
  /** Gives back, uncharged, a suspect that came too late for its turn. Never rejects. */
  readonly giveBack: (hold: Hold) => Promise<unknown>
  /** Called after each answer of the backend that may have brought one. */
  readonly answered: () => void
  /** Called with the error that says so when the backend is found to be closed: the looks end then. */
  readonly closed: (error: unknown) => void
  /** Whether to look once more when a second has passed; if not, `watch` begins again. By default always. */
  readonly isWanted?: () => boolean
  /** Whether one may have come since this was asked last; if not, it looks only every five minutes. By default always. */
  readonly mayHaveCome?: () => boolean
}

/**
 * Looks for the suspects of one queue, and has them worked on one after the other, each in a turn of its own (see
 * `solo.ts`).
 */
export class Suspects {
  readonly #parts: SuspectsParts
  readonly #losses: Losses
  #isWatching = false
  #isLooking = false
  #isLeasing = false
  /** How many turns have neither begun nor given back what they may lease. */
  #open = 0
  #reservedUntil = Number.POSITIVE_INFINITY
  #besideAt: number | undefined
  #leave: (() => void) | undefined
  #isStopped = false
  #lookedAt = 0
  #cancel = () => {}

  constructor(parts: SuspectsParts) {
    this.#parts = parts
    this.#losses = new Losses(parts.runtime)
  }

  /** Whether one may come at any moment, since room is waited for, or an answer, or has come and is yet to be begun or given back. */
  get leasing(): boolean {
    return this.#open > 0
  }

  /** Whether a slot is kept for one: no longer than others are kept out of its turn. */
  get wantsSlot(): boolean {
    return this.#isLeasing && this.#parts.runtime.clock.elapsed() < this.#reservedUntil
  }

  /** Looks now, and then once a second while one may have come, unless it does already. */
  async watch(): Promise<void> {
    if (this.#isWatching) return
    this.#isWatching = true
    this.#lookSoon()
    await this.#look()
  }

  /** Looks no more, and leases nothing more. */
  stop(): void {
    this.#isStopped = true
    this.#cancel()
    this.#leave?.()
  }

  // All loops of a process look at the same moment: a wake-up for each of them would cost more than the looks.
  #lookSoon(): void {
    const { isWanted = () => true, mayHaveCome = () => true, runtime } = this.#parts
    const { clock } = runtime
    if (this.#isStopped) return
    this.#cancel = clock.after(everyMs - (clock.elapsed() % everyMs), () => {
      this.#isWatching = isWanted()
      if (!this.#isWatching) return
      this.#lookSoon()
      if (mayHaveCome() || clock.elapsed() - this.#lookedAt >= quietMs) void this.#look()
    })
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#leave || this.#isStopped) return
    this.#isLooking = true
    this.#lookedAt = this.#parts.runtime.clock.elapsed()
    try {
      if ((await suspectsIn(this.#parts, 1)).length > 0) this.#ask()
      else if (!this.#isLeasing) this.#besideAt = undefined
    } catch (error) {
      this.#lookedAt = Number.NEGATIVE_INFINITY
      this.#failed(error, 'The search for suspects failed; trying again.')
    } finally {
      this.#isLooking = false
    }
  }

  #ask(): void {
    const { clock, solo, suspects } = this.#parts.runtime
    if (this.#isStopped) return
    const afterMs = suspects === 'only' ? besideAfterInOnlyMs : besideAfterMs
    this.#besideAt ??= clock.elapsed() + afterMs
    const besideAt = this.#besideAt
    // It may have its turn before `ask` has returned.
    let isOver = false
    const leave = solo.ask({
      besideAt,
      use: async (turn) => {
        isOver = true
        this.#leave = undefined
        const found = await this.#use(turn)
        if (found) void this.#look()
      },
    })
    if (!isOver) this.#leave = leave
  }

  /** Whether there was one: another process may have been quicker. */
  async #use(turn: Turn): Promise<boolean> {
    const { answered, giveBack, runtime, start } = this.#parts
    this.#open++
    let isOpen = true
    const close = () => {
      if (isOpen) this.#open--
      isOpen = false
      if (this.#isStopped) answered()
    }
    try {
      const leased = await this.#lease(turn)
      if (!leased) {
        this.#besideAt = undefined
        return false
      }
      const { hold, timesLost } = leased
      let isOver = false
      const mayBegin = turn.begin(aloneMsOf(timesLost), () => accompany(runtime, hold.fence, () => isOver))
      if (!mayBegin) {
        await giveBack(hold)
        runtime.keeper.drop(hold)
        return false
      }
      this.#besideAt = turn.isAlone ? undefined : runtime.clock.elapsed()
      const ended = start(hold)
      close()
      await ended
      isOver = true
      return true
    } catch (error) {
      this.#failed(error, 'A suspect could not be leased; trying again.')
      return false
    } finally {
      close()
    }
  }

  #failed(error: unknown, message: string): void {
    const { closed, queue, runtime } = this.#parts
    if (this.#isStopped) return
    if (!isClosedError(error)) return runtime.log.error(message, { queue, error: sayBriefly(error) })
    this.stop()
    closed(error)
  }

  async #lease({ isAlone }: Turn): Promise<LeasedSuspect | undefined> {
    this.#isLeasing = true
    this.#reservedUntil = isAlone ? this.#parts.runtime.clock.elapsed() + answerMs : Number.POSITIVE_INFINITY
    try {
      if (this.#isStopped || !(await this.#parts.room())) return undefined
      return await leaseSuspect(this.#parts, { losses: this.#losses, alone: isAlone })
    } finally {
      this.#isLeasing = false
      this.#parts.answered()
    }
  }
}
