import type { Backend, Leased, LeaseRequest } from '../queue/backend.ts'
import type { Fence } from '../queue/change.ts'
import type { Clock } from '../queue/clock.ts'
import { keepContext } from '../queue/keep-context.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import { Bag, type Placed } from './bag.ts'
import type { Log } from './log.ts'
import { Strays } from './strays.ts'

/**
 * Keeps the leases of one owner while its work goes on, and tells the work when a lease is gone.
 *
 * A lease belongs to an attempt. It is renewed by its fence, from when its answer has come until it is dropped, at a
 * third of the shortest lease that was asked for; what nobody here holds is not renewed, whatever the owner's name. A
 * backend that can do so renews from a thread of its own (`keep`); any other is asked to `extend` from here. A renewal
 * that was asked for after the answer to a lease, and does not find its fence, is proof that the lease is gone: no
 * report is believed of a lease that is younger than the question.
 *
 * While this process lives it decides what becomes of its work: the deadline that a backend knows is later than the
 * attempt's own (see `leaseRequest`) and is there for processes that hang or are gone.
 *
 * The answer to a request for a lease may be lost. What it gave is then held by nobody: it would come back when it runs
 * out, and be suspected. `Strays` finds it among what the owner holds and gives it back, uncharged.
 */
export interface Keeper {
  /** Asks the backend for a lease; all leases that are to be held are asked for here. */
  readonly lease: (queue: string, request: LeaseRequest) => Promise<readonly Leased[]>
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
  /** Ends what the backend does for it. */
  readonly release?: (() => void) | undefined
}

/** What a keeper needs. */
export interface KeeperParts {
  readonly backend: Backend
  readonly owner: string
  readonly clock: Clock
  readonly log: Log
}

/** The keeper of `owner`'s leases in `backend`. Idle until something is held. */
export function makeKeeper({ backend, owner, clock, log }: KeeperParts): Keeper {
  const held = new Bag<Hold>()
  const strays = new Strays({ backend, log, isHeld })
  let everyMs = Number.POSITIVE_INFINITY
  let cancel: (() => void) | undefined
  let stopped = false
  const beatSoon = keepContext(() => {
    cancel?.()
    cancel = clock.after(everyMs, beat)
  })

  return {
    async lease(queue, request) {
      try {
        return await strays.lease(queue, request)
      } catch (error) {
        beatEvery(request.leaseMs / 3)
        throw error
      }
    },
    hold(fence, leaseMs, lost) {
      const release = backend.keep?.(fence, leaseMs, () => lose(hold))
      const hold: Hold = { fence, lost, release, place: -1 }
      held.add(hold)
      if (!backend.keep) beatEvery(leaseMs / 3)
      return hold
    },
    drop,
    fences: () => [...held].map(({ fence }) => fence),
    stop() {
      stopped = true
      cancel?.()
    },
  }

  function drop(hold: Hold): void {
    held.delete(hold)
    hold.release?.()
  }

  function lose(hold: Hold): void {
    if (!held.has(hold)) return
    drop(hold)
    hold.lost()
  }

  function isHeld(fence: Fence): boolean {
    for (const hold of held) if (keyOf(hold.fence) === keyOf(fence)) return true
    return false
  }

  function beatEvery(ms: number): void {
    if (ms >= everyMs || stopped) return
    everyMs = ms
    beatSoon()
  }

  // A backend that renews by itself is asked only for what was leased without an answer.
  async function beat(): Promise<void> {
    const asked = [...held]
    if (strays.mayBe() || (asked.length > 0 && !backend.keep)) await renew(asked)
    if (stopped) return
    const goesOn = strays.mayBe() || (held.size > 0 && !backend.keep)
    if (goesOn) cancel = clock.after(everyMs, beat)
    else everyMs = Number.POSITIVE_INFINITY
  }

  async function renew(asked: readonly Hold[]): Promise<void> {
    try {
      const fences = asked.map(({ fence }) => fence)
      const found = await backend.extend(owner, fences)
      const holding = new Set(found.held.map(keyOf))
      for (const hold of asked) if (!holding.has(keyOf(hold.fence))) lose(hold)
      await strays.look(found.strays)
    } catch (error) {
      log.warn('Leases could not be renewed; trying again.', { error: sayBriefly(error) })
    }
  }
}

// Without the queue: a stay has a hop of its own, and a newer version may call the queue by another name meanwhile.
function keyOf({ id, hop, lease }: Fence): string {
  return `${lease} ${hop} ${id}`
}
