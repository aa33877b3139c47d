import { sayError } from '../../app/say-error.ts'
import type { Backend } from '../../queue/backend.ts'
import { type Clock, systemClock } from '../../queue/clock.ts'
import { isForbiddenError } from '../../queue/errors.ts'
import type { Log } from '../../run/log.ts'
import { waitFor } from '../../run/wait-for.ts'

const everyMs = 1000

/**
 * Looks once a second, until `signal` aborts, whether a message whose process was lost waits in one of `queues`, and calls
 * `found` each time that one does.
 */
export async function watchSuspects(
  backend: Backend,
  queues: readonly string[],
  options: {
    readonly found: () => void
    readonly signal: AbortSignal
    readonly log: Log
    readonly clock?: Clock
  },
): Promise<void> {
  const { found, signal, log, clock = systemClock } = options
  while (!signal.aborted) {
    if (await someWait(backend, queues, log)) found()
    await waitFor(clock, everyMs, signal)
  }
}

async function someWait(backend: Backend, queues: readonly string[], log: Log): Promise<boolean> {
  let fault: Record<string, unknown> | undefined
  for (const queue of queues) {
    try {
      // Leases nothing: it finds the leases that have run out.
      await backend.lease(queue, { owner: 'supervisor', leaseMs: 1000, timeoutMs: 1000, limit: 0 })
      const { rows } = await backend.list(queue, { limit: 1, only: { suspect: true } })
      if (rows.length > 0) return true
    } catch (error) {
      if (isForbiddenError(error)) continue
      // The other queues may have some: a newer version may have left out this one.
      fault ??= { queue, error: sayError(error) }
    }
  }
  if (fault) log.warn('The search for suspects failed; trying again.', fault)
  return false
}
