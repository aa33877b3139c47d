import type { Backend } from '../queue/backend.ts'
import type { Fence } from '../queue/change.ts'
import type { Clock } from '../queue/clock.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import { Bag, type Placed } from './bag.ts'
import type { Log } from './log.ts'

/**
 * Keeps the leases of one owner while its work goes on, and tells the work when a lease is gone.
 *
 * All leases of the owner are renewed together, at a third of the shortest lease that was asked for. A backend
 * that can do so renews from a thread of its own (`keep`); any other is asked to `extend` from here. Each renewal
 * reports the fences that still hold. A lease that two reports in a row do not name is lost (one report may have
 * been written just before the lease was given).
 */
export interface Keeper {
  /** Watches over a lease of `leaseMs` until `drop`; calls `lost` once if it is gone before. */
  readonly hold: (fence: Fence, leaseMs: number, lost: () => void) => Hold
  /** Ends that. */
  readonly drop: (hold: Hold) => void
  /** The fences of the leases that are held. */
  readonly fences: () => readonly Fence[]
  readonly stop: () => void
}

/** A lease that is watched over. */
export interface Hold extends Placed {
  readonly fence: Fence
  readonly lost: () => void
  missed: number
}

/** The keeper of `owner`'s leases in `backend`. Idle until something is held. */
export function makeKeeper({
  backend,
  owner,
  clock,
  log,
}: {
  readonly backend: Backend
  readonly owner: string
  readonly clock: Clock
  readonly log: Log
}): Keeper {
  const held = new Bag<Hold>()
  let everyMs = Number.POSITIVE_INFINITY
  let stopKeeping: (() => void) | undefined

  return {
    hold(fence, leaseMs, lost) {
      const hold: Hold = { fence, lost, missed: 0, place: -1 }
      held.add(hold)
      if (leaseMs / 3 < everyMs) keepEvery(leaseMs / 3)
      return hold
    },
    drop: (hold) => held.delete(hold),
    fences: () => [...held].map(({ fence }) => fence),
    stop: () => stopKeeping?.(),
  }

  function keepEvery(ms: number): void {
    stopKeeping?.()
    everyMs = ms
    stopKeeping = backend.keep ? backend.keep(owner, ms, report) : keepFromHere(ms)
  }

  function keepFromHere(ms: number): () => void {
    let cancel = clock.after(ms, beat)
    let stopped = false
    return () => {
      stopped = true
      cancel()
    }

    async function beat() {
      try {
        if (held.size > 0) report(await backend.extend(owner))
      } catch (error) {
        log.warn('Leases could not be renewed; trying again.', { error: sayBriefly(error) })
      }
      if (!stopped) cancel = clock.after(ms, beat)
    }
  }

  function report(fences: readonly Fence[]): void {
    const holding = new Set(fences.map(keyOf))
    for (const hold of held) {
      if (holding.has(keyOf(hold.fence))) hold.missed = 0
      else if (++hold.missed >= 2) {
        held.delete(hold)
        hold.lost()
      }
    }
  }
}

// Without the queue: a stay has a hop of its own, and a newer version may call the queue by another name meanwhile.
function keyOf({ id, hop, lease }: Fence): string {
  return `${lease} ${hop} ${id}`
}
