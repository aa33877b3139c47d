import type { Backend } from '../queue/backend.ts'
import type { Change, Fence, Push } from '../queue/change.ts'
import type { leavingEvents } from '../queue/leaving.ts'
import type { Leased } from '../queue/rows.ts'
import type { Spot } from './snapshot.ts'

interface Stay {
  readonly queue: string
  /** Of the lease that is held; 0 if none is. */
  lease: number
  /** Of the message when it was leased. */
  hop: number | undefined
}

/** Why a token is in no queue any more, and should not be. */
export type Leaving = (typeof leavingEvents)[number]

/**
 * Where every token has to be, by the backend's answers: kept beside the backend, to find where it does something else.
 * `fault` is a sentence as soon as that is so.
 */
export class Ledger {
  fault: string | undefined
  readonly #stays = new Map<string, Stay>()
  readonly #entries = new Map<string, number>()
  /** The queues in which tokens end at once. */
  readonly #replies = new Set<string>()
  /** Tokens that have left for good, and how. */
  readonly left = new Map<string, Leaving>()

  /** `backend`, with each of its answers recorded in this ledger from now on. */
  witness(backend: Backend): Backend {
    return {
      declare: (declaration) => {
        for (const { name, role } of declaration.queues) if (role === 'reply') this.#replies.add(name)
        return backend.declare(declaration)
      },
      extend: (owner, fences) => backend.extend(owner, fences),
      deploys: (workflow) => backend.deploys(workflow),
      get: (queue, id) => backend.get(queue, id),
      list: (queue, page) => backend.list(queue, page),
      count: (queue) => backend.count(queue),
      pulse: (after) => backend.pulse(after),
      journey: (workflow, id, part) => backend.journey(workflow, id, part),
      lines: (request) => backend.lines(request),
      tally: (request) => backend.tally(request),
      pass: (fence, toll) => backend.pass(fence, toll),
      gates: () => backend.gates(),
      watch: (listener) => backend.watch(listener),
      close: () => backend.close(),
      commit: async (changes) => {
        const receipt = await backend.commit(changes)
        const { repeated, skipped } = receipt
        if (!repeated) this.#committed(changes.filter((_, i) => !skipped.includes(i)))
        return receipt
      },
      records: (scope, page) => backend.records(scope, page),
      recall: (workflow, id, what) => backend.recall(workflow, id, what),
      family: (workflow, id, page) => backend.family(workflow, id, page),
      lease: async (queue, request) => {
        const rows = await backend.lease(queue, request)
        this.#leased(queue, rows)
        return rows
      },
    }
  }

  /** How often each token has entered, by id. */
  get entries(): ReadonlyMap<string, number> {
    return this.#entries
  }

  /** Compares `spots` with what has to be. Returns what is wrong, as a sentence without its end. */
  compare(spots: readonly Spot[]): string | undefined {
    if (this.fault) return this.fault
    const found = new Map<string, Spot>()
    for (const spot of spots) {
      const other = found.get(spot.id)
      if (other) return `Token "${spot.id}" is in two queues, "${other.queue}" and "${spot.queue}"`
      if (!this.#stays.has(spot.id))
        return `Token "${spot.id}" is in queue "${spot.queue}", where no commit has put it`
      found.set(spot.id, spot)
    }
    for (const [id, stay] of this.#stays) {
      const spot = found.get(id)
      if (!spot) return `Token "${id}" is lost: it has to be in queue "${stay.queue}", and is in none`
      if (spot.queue !== stay.queue)
        return `Token "${id}" is in queue "${spot.queue}", and has to be in queue "${stay.queue}"`
      // A lease that has run out holds until the next lease call: its time is over, but it may still be answered.
      if (spot.status !== 'leased' && spot.leaseLeftMs === undefined) stay.lease = 0
    }
    return undefined
  }

  #leased(queue: string, rows: readonly Leased[]): void {
    for (const { id, hop, lease } of rows) {
      const stay = this.#stays.get(id)
      if (stay?.queue !== queue)
        this.fault ??= `Token "${id}" was leased from queue "${queue}", where it is not`
      else Object.assign(stay, { hop, lease })
    }
  }

  #committed(changes: readonly Change[]): void {
    const gone = new Map<string, Leaving>()
    for (const change of changes) {
      if (change.kind === 'push') this.#pushed(change, gone)
      if ('lease' in change) this.#prove(change)
      if (change.kind !== 'pop' && change.kind !== 'take') continue
      this.#stays.delete(change.id)
      gone.set(change.id, change.event)
    }
    for (const [id, how] of gone) this.left.set(id, how)
  }

  #pushed({ queue, token: { id }, enter, event }: Push, gone: Map<string, Leaving>): void {
    const isKnown = this.#entries.has(id)
    if (enter === 'ignore' && isKnown) return
    // What comes back has entered before.
    if (enter && event === undefined) this.#entries.set(id, (this.#entries.get(id) ?? 0) + 1)
    gone.delete(id)
    this.left.delete(id)
    if (this.#replies.has(queue)) {
      this.#stays.delete(id)
      this.left.set(id, 'moved')
    } else this.#stays.set(id, { queue, lease: 0, hop: undefined })
  }

  #prove({ queue, id, hop, lease }: Fence): void {
    const stay = this.#stays.get(id)
    if (stay?.queue === queue && stay.hop === hop && stay.lease === lease) return
    this.fault ??= `A late result for token "${id}" in queue "${queue}" was recorded: its lease was gone`
  }
}
