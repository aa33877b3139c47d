import type { LeaseRequest, Receipt } from '../../queue/backend.ts'
import type { Change, Drop, Fault, Fence, Push, Put, Take } from '../../queue/change.ts'
import type { Scope } from '../../queue/records.ts'
import type { Leased } from '../../queue/rows.ts'
import { kept, ModelMarks } from './model-marks.ts'
import { ModelRecords } from './model-records.ts'
import { dropLease, expire, type Moment, type Presence } from './presence.ts'
import { Version } from './versions.ts'

/**
 * A backend in a few lines: each id is in one queue of a workflow or in none. Each random request to a backend goes to this
 * too, and both must agree.
 */
export class Model {
  /** By workflow and id. */
  here = new Map<string, Presence>()
  readonly paused: Set<string>
  /** The version of the workflow that was declared last. */
  version = new Version()
  #hops = new Map<string, number>()
  /** With which parent each token has entered last. */
  #parents = new Map<string, string | undefined>()
  /** The tokens that have left a queue in the commit that is being applied, and are in none. */
  #departed = new Map<string, Departed>()
  /** The tokens that were allowed to stay where they are in this commit. */
  #skipped = new Set<string>()
  records = new ModelRecords()
  marks = new ModelMarks()
  readonly #workflowOf: (queue: string) => string

  constructor(workflowOf: (queue: string) => string, paused: Iterable<string> = []) {
    this.#workflowOf = workflowOf
    this.paused = new Set(paused)
  }

  /** An independent copy. */
  copy(): Model {
    const copy = new Model(this.#workflowOf, this.paused)
    copy.here = copied(this.here)
    copy.#hops = new Map(this.#hops)
    copy.#parents = new Map(this.#parents)
    copy.version = this.version
    copy.records = this.records.copy()
    copy.marks = this.marks.copy()
    return copy
  }

  /** All that it knows, as text: equal texts are equal models. */
  toString(): string {
    return JSON.stringify([[...this.here], [...this.paused], [...this.#hops], this.records, this.marks])
  }

  find(queue: string, id: string): Presence | undefined {
    return this.here.get(this.#key(queue, id))
  }

  in(queue: string): readonly Presence[] {
    const name = this.version.nameOf(queue)
    return [...this.here.values()].filter((each) => each.queue === name)
  }

  /** Whether the workflow of `queue` has ever had `id`. */
  knows(queue: string, id: string): boolean {
    return this.#hops.has(this.#key(queue, id))
  }

  /** How often people have changed marks of `id`. */
  rev(queue: string, id: string): number {
    return this.marks.rev(this.#key(queue, id))
  }

  isPaused(queue: string): boolean {
    return this.paused.has(this.version.nameOf(queue))
  }

  /** What a lease of `queue` may get, those that must come first at the front. */
  leasable(queue: string, { ids, suspects = 'include' }: LeaseRequest, moment: Moment): readonly Presence[] {
    if (this.isPaused(queue)) return []
    return this.in(queue)
      .filter(({ id }) => !ids || ids.includes(id))
      .map((each) => expire(each, moment))
      .filter(
        ({ status, suspect }) =>
          status === 'ready' && (suspects === 'include' || suspect === (suspects === 'only')),
      )
      .sort((a, b) => Number(a.suspect) - Number(b.suspect) || a.priority - b.priority)
  }

  /** Remembers that the backend has leased these, and has made these others ready. */
  lease(queue: string, leased: readonly Leased[], request: LeaseRequest, moment: Moment): void {
    const { owner, leaseMs, timeoutMs, alone = false } = request
    const deadline = moment.elapsed + timeoutMs
    for (const { id } of leased) {
      const found = this.promote(queue, id, moment)
      const until = Math.min(moment.elapsed + leaseMs, deadline)
      const lease = found.lease + 1
      Object.assign(found, { status: 'leased', lease, owner, alone, leaseMs, until, deadline })
    }
  }

  /** Makes a message ready whose time has come. */
  promote(queue: string, id: string, moment: Moment): Presence {
    const found = this.find(queue, id)!
    return Object.assign(found, expire(found, moment))
  }

  /** Renews the leases of `owner` that `fences` prove; its other leases that have not run out are strays. */
  extend(
    owner: string,
    fences: readonly Fence[],
    { elapsed }: Moment,
  ): Readonly<Record<'held' | 'strays', Presence[]>> {
    const mine = [...this.here.values()].filter((each) => each.status === 'leased' && each.owner === owner)
    const isNamed = (each: Presence) =>
      fences.some(
        (fence) =>
          this.version.nameOf(fence.queue) === each.queue && fence.id === each.id && holds(each, fence),
      )
    const held = mine.filter(isNamed)
    for (const each of held) each.until = Math.min(elapsed + each.leaseMs, each.deadline)
    return { held, strays: mine.filter((each) => !isNamed(each) && each.until > elapsed) }
  }

  /** Moves the messages of queues that are gone or split: a lease goes on only in a queue that was just renamed. */
  deploy(version: Version): void {
    const paused = version.pausedOf(this.paused, this.version)
    this.paused.clear()
    for (const queue of paused) this.paused.add(queue)
    for (const each of this.here.values()) {
      const to = version.takerOf(each.queue, each.tag)
      const isRenamed = to === version.nameOf(each.queue)
      if (!isRenamed && each.status === 'leased') Object.assign(each, dropLease, { status: 'ready' })
      each.queue = to
    }
    this.version = version
  }

  /** Applies all of `changes` if they are right, and says which it has passed over; undefined if they are refused. */
  commit(changes: readonly Change[], moment: Moment): Receipt | undefined {
    const [here, hops, parents] = [copied(this.here), new Map(this.#hops), new Map(this.#parents)]
    const [records, marks] = [this.records.copy(), this.marks.copy()]
    this.#departed.clear()
    this.#skipped.clear()
    for (const change of changes.toReversed()) {
      if (change.kind !== 'put' || !change.repeat || !this.isScope(change)) continue
      const record = this.records.find(change, moment)
      if (!record) continue
      const skipped = Array.isArray(record.value) ? (record.value as number[]) : []
      return { repeated: true, record: record.key, skipped }
    }
    const done = changes.map((change) => this.#apply(change, moment))
    const skipped = done.flatMap((each, i) => (each === 'skipped' ? [i] : []))
    const kept = changes.every(
      (change) =>
        change.kind !== 'put' ||
        !change.repeat ||
        this.#keep({ ...change, value: skipped.length > 0 ? skipped : undefined }, moment),
    )
    if (kept && !done.includes(false)) return { repeated: false, skipped }
    this.here = here
    this.#hops = hops
    this.#parents = parents
    this.records = records
    this.marks = marks
    return undefined
  }

  /** Whether there is what `scope` names: a workflow, a token that has entered, or a stay that has not ended. */
  isScope({ workflow, id, hop }: Scope): boolean {
    if (id === undefined) return true
    const key = JSON.stringify([workflow, id])
    return this.#hops.has(key) && (!hop || this.here.get(key)?.hop === hop)
  }

  #keep(change: Put | Drop, moment: Moment): boolean {
    return this.isScope(change) && this.records.keep(change, moment)
  }

  #apply(change: Change, moment: Moment): boolean | 'skipped' {
    if (change.kind === 'push') return this.#push(change, moment)
    if (change.kind === 'put' && change.repeat) return true
    if (change.kind === 'put' || change.kind === 'drop') return this.#keep(change, moment)
    const found = this.find(change.queue, change.id)
    const isThere = found?.queue === this.version.nameOf(change.queue)
    if (change.kind === 'take') {
      if (isThere && mayTake(found!, change, moment)) return this.#leave(found!)
      if (!change.skip) return false
      this.#skipped.add(this.#key(change.queue, change.id))
      return 'skipped'
    }
    if (change.kind === 'revive') {
      if (!isThere || found!.status !== 'dead') return change.skip ? 'skipped' : false
      return set(found!, { status: 'ready', attempts: 0, crashes: 0, suspect: false })
    }
    if (change.kind === 'mark')
      return this.marks.set(this.#key(change.queue, change.id), isThere ? found : undefined, change)
    if (!found || !isThere) return false
    if (!holds(found, change)) return false
    if (change.kind === 'pop') return this.#leave(found, change.event === 'failed' ? change.error : undefined)
    if (change.kind === 'progress') return set(found, { fraction: change.fraction })
    if (change.kind === 'accompany') return set(found, { alone: false })
    if (change.kind === 'bury') {
      const attempts = Math.max(found.attempts, change.attempt ?? 0)
      return set(found, { ...dropLease, status: 'dead', suspect: false, attempts })
    }
    const { charge, delayMs, suspect = false } = change
    const attempts = found.attempts + (charge ? 1 : 0)
    const waits = { status: delayMs ? 'delayed' : 'ready', due: moment.now + delayMs } as const
    return set(found, { ...dropLease, ...waits, attempts, suspect: suspect || (found.suspect && !charge) })
  }

  #leave({ queue, id, finished }: Presence, fault?: Fault): boolean {
    this.#departed.set(this.#key(queue, id), { finished, fault })
    return this.here.delete(this.#key(queue, id))
  }

  #push(
    { queue: pushed, token, value, enter, delayMs = 0, marks }: Push,
    { now }: Moment,
  ): boolean | 'skipped' {
    const { id, priority, frames } = token
    const { tag } = value as { readonly tag: string }
    const queue = this.version.takerOf(pushed, tag)
    const key = this.#key(queue, id)
    const known = this.#hops.get(key)
    if (enter === 'ignore' && known) return 'skipped'
    if (enter === 'refuse' && known) return false
    if (!enter && !this.#departed.has(key)) return this.#skipped.has(key) ? 'skipped' : false
    const departed = enter ? undefined : this.#departed.get(key)
    const finished = queue === 'done' || departed?.finished === true
    this.#departed.delete(key)
    const hop = enter ? (known ?? 0) + 1 : token.hop
    this.#hops.set(key, hop)
    if (enter) this.#parents.set(key, token.parent)
    const parent = this.#parents.get(key)
    const fresh = { lease: 0, attempts: 0, crashes: 0, suspect: false, ...dropLease }
    const waits = { status: delayMs ? 'delayed' : 'ready', due: now + delayMs } as const
    this.here.set(key, {
      id,
      queue,
      hop,
      priority,
      parent,
      tag,
      depth: frames.length,
      finished,
      marks: kept(marks),
      brought: departed?.fault,
      ...fresh,
      ...waits,
    })
    return true
  }

  #key(queue: string, id: string): string {
    return JSON.stringify([this.#workflowOf(queue), id])
  }
}

/** A token that has left a queue: whether it had finished, and why it was given up, if it was. */
interface Departed {
  readonly finished: boolean
  readonly fault: Fault | undefined
}

function copied(here: ReadonlyMap<string, Presence>): Map<string, Presence> {
  return new Map([...here].map(([key, presence]) => [key, { ...presence }]))
}

function set(found: Presence, fields: Partial<Presence>): boolean {
  Object.assign(found, fields)
  return true
}

function holds(found: Presence, { hop, lease }: Fence): boolean {
  return found.status === 'leased' && found.hop === hop && found.lease === lease
}

function mayTake(found: Presence, { hop, unheld }: Take, { elapsed }: Moment): boolean {
  if (hop !== undefined && hop !== found.hop) return false
  return !(unheld && found.status === 'leased' && found.until > elapsed)
}
