import type { Backend, LeaseRequest, Renewal } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import type { Clock } from '../../queue/clock.ts'
import { isClosedError } from '../../queue/errors.ts'
import { fenceKey } from '../../queue/fence-key.mjs'
import { keepContext } from '../../queue/keep-context.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Log } from '../log.ts'
import { Bag } from './bag.ts'
import { Hold } from './hold.ts'
import { Strays } from './strays.ts'

/**
 * Renews the leases of one owner while its work goes on, and notifies the work when a lease is gone.
 *
 * A lease belongs to an attempt. It is renewed by its fence, from the moment its answer comes (before a handler that was
 * woken by the same transaction can keep the event loop busy) until it is dropped, at a third of the shortest lease that
 * was requested. A lease that no code here holds is not renewed, even if it has the owner's name. A backend with `keep`
 * renews from a thread of its own; for any other this keeper calls `extend`. A renewal that was sent after the answer to a
 * lease, and does not find its fence, proves that the lease is gone; a renewal that was sent before says nothing about it. An answer that
 * took longer than the lease lasts says nothing either: work begins when a renewal has found it.
 *
 * While this process lives it decides about its work: the backend's deadline is later than the attempt's own (see
 * `workRequest`) and is there for processes that hang or are gone.
 *
 * The answer to a lease request may be lost. No code then holds the leases that it gave: their messages would come back
 * when the leases run out, as suspects. `Strays` finds them among the owner's leases and gives them back, uncharged.
 */
export interface Keeper {
  /** Leases from `queue`, and renews what it gets until `drop`. All lease requests of a process go through here. */
  readonly lease: (queue: string, request: LeaseRequest) => Promise<readonly Hold[]>
  /** Stops renewing a lease: its message was answered, or given back. */
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
  /** When the next beat is. */
  let beatAt = Number.POSITIVE_INFINITY
  let stopped = false
  let unanswered = 0
  const beatWithin = keepContext((ms: number) => {
    const at = clock.elapsed() + ms
    if (stopped || at >= beatAt) return
    cancel?.()
    beatAt = at
    cancel = clock.after(ms, beat)
  })

  return {
    async lease(queue, request) {
      const askedAt = clock.elapsed()
      try {
        const rows = await strays.lease(queue, request)
        const holds = rows.map((row) => watch(new Hold(queue, row, askedAt), request.leaseMs))
        return clock.elapsed() - askedAt < request.leaseMs ? holds : await proven(holds)
      } catch (error) {
        beatEvery(request.leaseMs / 3)
        beatWithin(strays.gapMs(everyMs))
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
    if (backend.keep) hold.release = backend.keep(hold.fence, leaseMs, () => lose(hold), owner)
    else beatEvery(leaseMs / 3)
    return hold
  }

  /**
   * Those of leases that are still there, of which the answer took longer than they last: they may have run out before it came, and what
   * has them now must not be worked on here as well. Rejects if that cannot be found out, and holds none of them then.
   */
  async function proven(holds: readonly Hold[]): Promise<readonly Hold[]> {
    if (holds.length === 0) return holds
    try {
      await extend(holds)
    } catch (error) {
      for (const hold of holds) drop(hold)
      strays.lost()
      throw error
    }
    return holds.filter((hold) => held.has(hold))
  }

  /** Renews leases, and loses those that are not found. */
  async function extend(asked: readonly Hold[]): Promise<Renewal> {
    const found = await backend.extend(
      owner,
      asked.map(({ fence }) => fence),
    )
    const holding = new Set(found.held.map(fenceKey))
    for (const hold of asked) if (!holding.has(fenceKey(hold.fence))) lose(hold)
    return found
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
    for (const hold of held) if (fenceKey(hold.fence) === fenceKey(fence)) return true
    return false
  }

  function beatEvery(ms: number): void {
    if (ms >= everyMs) return
    everyMs = ms
    beatWithin(ms)
  }

  // A backend that renews by itself is asked only to list leases whose answer was lost. A request may never be answered, so
  // the next one does not wait for it.
  function beat(): void {
    beatAt = Number.POSITIVE_INFINITY
    const asked = [...held]
    strays.begin(everyMs)
    const isWanted = strays.mayBe() || (asked.length > 0 && !backend.keep)
    if (isWanted && unanswered < mostUnanswered) void renew(asked)
    const goesOn = strays.mayBe() || (held.size > 0 && !backend.keep)
    if (goesOn) beatWithin(strays.gapMs(everyMs))
    else everyMs = Number.POSITIVE_INFINITY
  }

  async function renew(asked: readonly Hold[]): Promise<void> {
    unanswered++
    try {
      const { strays: listed } = await extend(asked)
      await strays.look(listed)
    } catch (error) {
      if (isClosedError(error)) return stop()
      log.warn('Leases could not be renewed; trying again.', { error: sayBriefly(error) })
    } finally {
      unanswered--
    }
  }
}
