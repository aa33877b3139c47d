import type { Backend } from '../queue/backend.ts'
import { BackendError } from '../queue/errors.ts'
import { refuseUnread } from '../schema/refuse-unread.ts'

/** When the process dies: at its `n`th commit, counted from 1. */
export interface CrashPoint {
  /** It dies before the commit reached the disk: nothing of it has happened. */
  readonly before?: ((n: number) => boolean) | undefined
  /** It dies after the commit reached the disk and before the caller got the answer: all of it has happened. */
  readonly after?: ((n: number) => boolean) | undefined
  /** The same for its `n`th lease: a message that a dead process has leased comes back when the lease runs out. */
  readonly leases?: Omit<CrashPoint, 'leases'> | undefined
}

/** A backend as seen by a process that can die. */
export interface MortalBackend extends Backend {
  readonly isDead: boolean
  /** Lets the process die now. */
  readonly die: () => void
}

/**
 * `backend` as a process sees it that dies at a commit or a lease: that one rejects with `BackendError`, and so does
 * everything later; its listeners are not called any more. `backend` itself lives on, for the next process; closing the
 * wrapped one after the crash leaves it open.
 */
export function crashing(backend: Backend, point: CrashPoint): MortalBackend {
  const { before, after, leases = {} } = point
  refuseUnread('crashing() is given', point, ['before', 'after', 'leases'])
  refuseUnread('`leases` has', leases, ['before', 'after'])
  let commits = 0
  let leased = 0
  let isDead = false
  const stops = new Set<() => void>()

  return {
    get isDead() {
      return isDead
    },
    die,
    isPrivate: backend.isPrivate,
    declare: (declaration) => alive(() => backend.declare(declaration)),
    lease: (queue, request) => alive(() => dying(leases, ++leased, () => backend.lease(queue, request))),
    extend: (owner, fences) => alive(() => backend.extend(owner, fences)),
    deploys: (workflow) => alive(() => backend.deploys(workflow)),
    get: (queue, id) => alive(() => backend.get(queue, id)),
    list: (queue, page) => alive(() => backend.list(queue, page)),
    count: (queue) => alive(() => backend.count(queue)),
    tally: (request) => alive(() => backend.tally(request)),
    records: (scope, page) => alive(() => backend.records(scope, page)),
    recall: (workflow, id, what) => alive(() => backend.recall(workflow, id, what)),
    family: (workflow, id, page) => alive(() => backend.family(workflow, id, page)),
    pulse: (after) => alive(() => backend.pulse(after)),
    journey: (workflow, id, part) => alive(() => backend.journey(workflow, id, part)),
    lines: (request) => alive(() => backend.lines(request)),
    pass: (fence, toll) => alive(() => backend.pass(fence, toll)),
    gates: () => alive(() => backend.gates()),
    commit: (changes) => alive(() => dying({ before, after }, ++commits, () => backend.commit(changes))),
    ...(backend.keep && {
      keep: (fence, leaseMs, lost, owner) =>
        until(isDead ? () => {} : backend.keep!(fence, leaseMs, lost, owner)),
    }),
    watch: (listener) => until(isDead ? () => {} : backend.watch(listener)),
    close: async () => {
      if (!isDead) await backend.close()
    },
  }

  /** What `ask` answers, unless the process has died before it was asked or meanwhile. */
  async function alive<T>(ask: () => Promise<T>): Promise<T> {
    if (isDead) throw crashed()
    const answer = await ask()
    if (isDead) throw crashed()
    return answer
  }

  /** What `act` answers, unless the process dies before it or after it. */
  async function dying<T>(
    { before, after }: Omit<CrashPoint, 'leases'>,
    n: number,
    act: () => Promise<T>,
  ): Promise<T> {
    if (before?.(n)) {
      die()
      throw crashed()
    }
    if (!after?.(n)) return act()
    silence()
    return act().finally(die)
  }

  function until(stop: () => void): () => void {
    stops.add(stop)
    return () => {
      stops.delete(stop)
      stop()
    }
  }

  function silence(): void {
    for (const stop of stops) stop()
    stops.clear()
  }

  function die(): void {
    isDead = true
    silence()
  }
}

function crashed(): BackendError {
  return new BackendError('This process has crashed, as its test wanted.')
}
