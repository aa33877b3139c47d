import { Alarm } from '../../queue/alarm.ts'
import type { Backend } from '../../queue/backend.ts'
import type { Change, Put } from '../../queue/change.ts'
import type { Clock } from '../../queue/clock.ts'
import { isClosedError, isPipewrightError } from '../../queue/errors.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import { planEntry, type WriteQueue } from '../../queue/write-queue.ts'
import type { Log } from '../log.ts'
import { stayAlive } from '../stay-alive.ts'
import { type CronSeed, idAt, slotsOfSeed } from './cron-seed.ts'
import type { Slots } from './slots.ts'

/*
 * A seed has a record in its workflow, `cron/NAME`, whose value is the last slot that has been dealt with. Every process that runs
 * the seed waits for the next slot after that; then it commits, together, the record with that slot, if it has still the revision
 * that was read, and the push. So of all processes one enters the token, and it is entered in just the commit that says so, also
 * when processes die. Besides, the token's id is that of the slot, and a known id is ignored. The first process ever begins
 * with the time at which it began: before that, no slot was missed.
 */

/** The queues that seeds let tokens into. */
export interface CronQueues<In> {
  readonly input: WriteQueue<In>
  readonly runtime: {
    readonly backend: Backend
    readonly workflow: string
    readonly deploy: number
    readonly clock: Clock
    readonly log: Log
  }
}

/** A slot that was seen a minute after its time was missed: no process ran. */
const missedAfterMs = 60_000
/** The wall clock may be set, and another process may have dealt with a slot. */
const longestWaitMs = 60_000
const againMs = 1000

/**
 * Lets a token enter at the times of each of `seeds`, until `signal` aborts; exactly one for each time, in however many processes
 * this runs. Throws a sentence for a seed that cannot be kept to.
 */
export function cron<In>(
  queues: CronQueues<In>,
  seeds: Readonly<Record<string, CronSeed<In>>>,
): (signal: AbortSignal) => Promise<void> {
  const planned = Object.entries(seeds).map(([name, seed]) => ({
    name,
    seed,
    slots: slotsOfSeed(name, seed),
  }))
  return async (signal) => {
    await Promise.all(planned.map((each) => new SeedLoop(queues, each).until(signal)))
  }
}

interface Planned<In> {
  readonly name: string
  readonly seed: CronSeed<In>
  readonly slots: Slots
}

/** What has been dealt with, and the revision that says so. */
interface Done {
  readonly slot: number
  readonly rev: number
}

/** The loop of one seed in this process. */
class SeedLoop<In> {
  readonly #queues: CronQueues<In>
  readonly #planned: Planned<In>
  readonly #alarm: Alarm
  #isOver = false
  /** The slot for which a token was to enter last. */
  #tried: number | undefined
  #finish: () => void = () => {}

  constructor(queues: CronQueues<In>, planned: Planned<In>) {
    this.#queues = queues
    this.#planned = planned
    this.#alarm = new Alarm(queues.runtime.clock, () => void this.#look())
  }

  /** Resolves when `signal` has aborted, or the backend is closed. */
  async until(signal: AbortSignal): Promise<void> {
    const mayEnd = stayAlive()
    const finished = new Promise<void>((resolve) => (this.#finish = resolve))
    const stop = () => this.#end()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) this.#end()
    else void this.#look()
    await finished
    signal.removeEventListener('abort', stop)
    mayEnd()
  }

  #end(): void {
    this.#isOver = true
    this.#alarm.off()
    this.#finish()
  }

  // Never rejects: nothing awaits it.
  async #look(): Promise<void> {
    let waitMs = 0
    while (waitMs === 0 && !this.#isOver)
      waitMs = await this.#catchUp().catch((error: unknown) => this.#failed(error))
    if (!this.#isOver) this.#alarm.within(waitMs)
  }

  /** Deals with one slot that is over, if there is one. Returns how long to wait then. */
  async #catchUp(): Promise<number> {
    const now = this.#queues.runtime.clock.now()
    const done = await this.#read()
    if (!done) {
      await this.#commit(0, now)
      return 0
    }
    const { slots } = this.#planned
    const next = slots.after(done.slot)
    if (next === undefined) return longestWaitMs
    if (next > now) return Math.min(next - now, longestWaitMs)
    const { slot, enters } = this.#choose(next, now)
    await this.#commit(done.rev, slot, enters ? new Date(slot) : undefined)
    return 0
  }

  /** Which slot is dealt with, of those from `next` to now, and whether a token enters. */
  #choose(next: number, now: number): { readonly slot: number; readonly enters: boolean } {
    const { seed, slots } = this.#planned
    const { missed = 'last' } = seed
    // What this process has tried was not missed, however long ago that is.
    if (missed === 'all' || next === this.#tried || now - next <= missedAfterMs)
      return { slot: next, enters: true }
    const last = slots.last(now - missedAfterMs - 1) ?? next
    return { slot: Math.max(next, last), enters: missed === 'last' }
  }

  async #read(): Promise<Done | undefined> {
    const { backend, workflow } = this.#queues.runtime
    const { records } = await backend.records({ workflow }, { prefix: this.#key, limit: 1 })
    const record = records.find(({ key }) => key === this.#key)
    const slot = Date.parse((record?.value as { readonly slot?: string } | undefined)?.slot ?? '')
    return record && { rev: record.rev, slot: Number.isNaN(slot) ? this.#queues.runtime.clock.now() : slot }
  }

  async #commit(ifRev: number, slot: number, enters?: Date): Promise<void> {
    const { backend, log, workflow } = this.#queues.runtime
    const value = { slot: new Date(slot).toISOString() }
    const put: Put = { kind: 'put', workflow, key: this.#key, value, ifRev }
    if (enters) this.#tried = slot
    const [id, entry] = enters ? await this.#entry(enters) : []
    const receipt = await backend.commit([put, ...(entry ?? [])]).catch(unlessConflict)
    if (entry && receipt?.skipped.length === 0)
      log.info('A token entered by the clock.', { seed: this.#planned.name, id })
  }

  async #entry(slot: Date): Promise<readonly [id: string, changes: readonly Change[]]> {
    const { input, runtime } = this.#queues
    const { name, seed } = this.#planned
    const id = seed.id?.(slot) ?? idAt(name, slot)
    const { deploy } = runtime
    const value = await seed.value(slot)
    return [id, await planEntry(input.plan, { id, value, deploy }, { enter: 'ignore', by: `cron:${name}` })]
  }

  /** Says what has failed. Returns how long to wait. */
  #failed(error: unknown): number {
    if (isClosedError(error)) {
      this.#end()
      return againMs
    }
    const code = isPipewrightError(error) ? error.code : undefined
    const { log, workflow } = this.#queues.runtime
    const details = { workflow, seed: this.#planned.name, error: sayBriefly(error) }
    log.error('A token could not enter at its time; trying again.', details)
    return code === 'backend' ? againMs : longestWaitMs
  }

  get #key(): string {
    return `cron/${this.#planned.name}`
  }
}

// Another process was first: the record has another revision.
function unlessConflict(error: unknown): undefined {
  if (!isPipewrightError(error) || error.code !== 'conflict') throw error
}
