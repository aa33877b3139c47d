import type { Backend, LeaseRequest } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import type { Clock } from '../../queue/clock.ts'
import { isClosedError } from '../../queue/errors.ts'
import { keepContext } from '../../queue/keep-context.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Log } from '../log.ts'
import { Bag } from './bag.ts'
import { Hold } from './hold.ts'
import { Strays } from './strays.ts'

/**
 * Keeps the leases of one owner while its work goes on, and tells the work when a lease is gone.
 *
 * A lease belongs to an attempt. It is renewed by its fence, from the moment in which its answer comes (before any
 * handler may keep the event loop busy that was woken by the same transaction) until it is dropped, at a third of the
 * shortest lease that was asked for; what nobody here holds is not renewed, whatever the owner's name. A
 * backend that can do so renews from a thread of its own (`keep`); any other is asked to `extend` from here. A renewal
 * that was asked for after the answer to a lease, and does not find its fence, is proof that the lease is gone: no
 * report is believed of a lease that is younger than the question.
 *
 * While this process lives it decides what becomes of its work: the deadline that a backend knows is later than the
 * attempt's own (see `workRequest`) and is there for processes that hang or are gone.
 *
 * The answer to a request for a lease may be lost. What it gave is then held by nobody: it would come back when it runs
 * out, and be suspected. `Strays` finds it among what the owner holds and gives it back, uncharged.
 */
export interface Keeper {
  /** Leases from `queue`, and watches over what it is given until `drop`. All leases of a process are asked for here. */
  readonly lease: (queue: string, request: LeaseRequest) => Promise<readonly Hold[]>
  /** Ends the watch over a lease: its message was answered, or given back. */
  readonly drop: (hold: Hold) => void
  /** The fences of the leases that are held. */
  readonly fences: () => readonly Fence[]
  readonly stop: () => void
}

/** How many renewals may be under way at once. */
const mostUnanswered = 3

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
  let unanswered = 0
  const beatSoon = keepContext(() => {
    cancel?.()
    cancel = clock.after(everyMs, beat)
  })

  return {
    async lease(queue, request) {
      const askedAt = clock.elapsed()
      try {
        const rows = await strays.lease(queue, request)
        return rows.map((row) => watch(new Hold(queue, row, askedAt), request.leaseMs))
      } catch (error) {
        beatEvery(request.leaseMs / 3)
        throw error
      }
    },
    drop,
    fences: () => [...held].map(({ fence }) => fence),
    stop,
  }

  function stop(): void {
    stopped = true
    cancel?.()
  }

  function watch(hold: Hold, leaseMs: number): Hold {
    held.add(hold)
    if (backend.keep) hold.release = backend.keep(hold.fence, leaseMs, () => lose(hold))
    else beatEvery(leaseMs / 3)
    return hold
  }

  function drop(hold: Hold): void {
    if (!held.has(hold)) return
    held.delete(hold)
    hold.release?.()
  }

  function lose(hold: Hold): void {
    if (!held.has(hold)) return
    drop(hold)
    hold.lose()
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

  // A backend that renews by itself is asked only for what was leased without an answer. What is asked may never be
  // answered: the next question does not wait for it.
  function beat(): void {
    const asked = [...held]
    const isWanted = strays.mayBe() || (asked.length > 0 && !backend.keep)
    if (isWanted && unanswered < mostUnanswered) void renew(asked)
    const goesOn = strays.mayBe() || (held.size > 0 && !backend.keep)
    if (goesOn) cancel = clock.after(everyMs, beat)
    else everyMs = Number.POSITIVE_INFINITY
  }

  async function renew(asked: readonly Hold[]): Promise<void> {
    unanswered++
    try {
      const fences = asked.map(({ fence }) => fence)
      const found = await backend.extend(owner, fences)
      const holding = new Set(found.held.map(keyOf))
      for (const hold of asked) if (!holding.has(keyOf(hold.fence))) lose(hold)
      await strays.look(found.strays)
    } catch (error) {
      if (isClosedError(error)) return stop()
      log.warn('Leases could not be renewed; trying again.', { error: sayBriefly(error) })
    } finally {
      unanswered--
    }
  }
}

// Without the queue: a stay has a hop of its own, and a newer version may call the queue by another name meanwhile.
function keyOf({ id, hop, lease }: Fence): string {
  return `${lease} ${hop} ${id}`
}
