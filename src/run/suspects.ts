import type { Leased } from '../queue/backend.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import { leaseRequest } from './lease-request.ts'
import type { Runtime } from './runtime.ts'
import type { Work } from './work.ts'

const everyMs = 1000

/** Sees to the suspects of one queue: messages whose worker crashed. */
export interface Suspects {
  /** Whether an answer is awaited that may bring one. */
  readonly leasing: () => boolean
  readonly stop: () => void
}

/**
 * Looks once a second whether suspects are ready, and gives them to `start`, one at a time and nothing beside it in
 * this process, until none is left or none can be had. After each look it calls `looked`.
 */
export function watchSuspects<In, Out>({
  work,
  runtime: { backend, clock, keeper, log, owner, solo },
  start,
  looked,
}: {
  readonly work: Work<In, Out>
  readonly runtime: Runtime
  /** Works on what was leased; resolves when that has ended and is committed. */
  readonly start: (rows: readonly Leased[]) => Promise<void>
  readonly looked: () => void
}): Suspects {
  const { queue } = work
  let stopped = false
  let leasing = false
  let cancel = lookSoon()

  return {
    leasing: () => leasing,
    stop() {
      stopped = true
      cancel()
    },
  }

  // All loops of a process look in the same moment: to wake up for each of them would cost more than the looks.
  function lookSoon(): () => void {
    return clock.after(everyMs - (clock.elapsed() % everyMs), look)
  }

  async function look(): Promise<void> {
    try {
      let found = true
      while (found && !stopped && (await someWait())) {
        await solo.alone(async () => {
          found = await runOne()
        })
      }
    } catch (error) {
      log.error('Suspects could not be looked for; trying again.', { queue, error: sayBriefly(error) })
    }
    if (!stopped) cancel = lookSoon()
    looked()
  }

  async function someWait(): Promise<boolean> {
    return (await backend.list(queue, { limit: 1, only: { suspect: true } })).rows.length > 0
  }

  /** Whether there was one: somebody else may have been quicker, and a paused queue lists what it does not lease. */
  async function runOne(): Promise<boolean> {
    if (stopped) return false
    leasing = true
    const rows = await keeper
      .lease(queue, { ...leaseRequest(work, owner), suspects: 'only', alone: true })
      .finally(() => (leasing = false))
    if (rows.length > 0) await start(rows)
    return rows.length > 0
  }
}
