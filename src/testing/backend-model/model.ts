import type { LeaseRequest, Receipt } from '../../queue/backend.ts'
import type { Change, Drop, Fence, Push, Put, Take, TurnGate } from '../../queue/change.ts'
import type { Scope } from '../../queue/records.ts'
import type { Leased } from '../../queue/rows.ts'
import { isClosedAt, type LeaveOutcome } from '../../queue/rules/gate.ts'
import { ModelGates, modelGates, standsOf } from './model-gates.ts'
import { ModelRecords } from './model-records.ts'
import { dropLease, expire, type Moment, outcomeOfExpiry, type Presence } from './presence.ts'
import { Version } from './versions.ts'

/**
 * A backend in a few lines: each id is in one queue of a workflow or in none. Each random request to a backend goes to this
 * too, and both must agree.
 */
export class Model {
  /** By workflow and id. */
  here = new Map<string, Presence>()
  /** The version of the workflow that was declared last. */
  version = new Version()
  #hops = new Map<string, number>()
  /** With which parent each token has entered last. */
  #parents = new Map<string, string | undefined>()
  /** The tokens that have left a queue in the commit that is being applied, and are in none; with whether they had finished. */
  #departed = new Map<string, boolean>()
  /** The tokens that were allowed to stay where they are in this commit. */
  #skipped = new Set<string>()
  records = new ModelRecords()
  gates = new ModelGates()
  readonly #workflowOf: (queue: string) => string

  constructor(workflowOf: (queue: string) => string) {
    this.#workflowOf = workflowOf
  }

  /** An independent copy. */
  copy(): Model {
    const copy = new Model(this.#workflowOf)
    copy.here = copied(this.here)
    copy.#hops = new Map(this.#hops)
    copy.#parents = new Map(this.#parents)
    copy.version = this.version
    copy.records = this.records.copy()
    copy.gates = this.gates.copy()
    return copy
  }

  /** All that it knows, as text: equal texts are equal models. */
  toString(): string {
    return JSON.stringify([[...this.here], [...this.#hops], this.records, this.gates])
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

  /** Whether a gate is shut at which all messages of `queue` stop. */
  isShut(queue: string, moment: Moment): boolean {
    return this.gates.isShut(this.version.nameOf(queue), moment)
  }

  /** What a lease of `queue` may get, those that must come first at the front. */
  leasable(queue: string, { ids, suspects = 'include' }: LeaseRequest, moment: Moment): readonly Presence[] {
    if (this.isShut(queue, moment)) return []
    return this.in(queue)
      .filter(({ id }) => !ids || ids.includes(id))
      .map((each) => expire(each, moment))
      .filter(
        ({ status, suspect }) =>
          status === 'ready' && (suspects === 'include' || suspect === (suspects === 'only')),
      )
      .sort((a, b) => Number(a.suspect) - Number(b.suspect) || a.priority - b.priority)
  }

  /** Remembers that the backend has leased this. Returns whether the gates let it pass. */
  lease(queue: string, { id }: Leased, request: LeaseRequest, moment: Moment): boolean {
    const { owner, leaseMs, timeoutMs, alone = false } = request
    const deadline = moment.elapsed + timeoutMs
    const found = this.promote(queue, id, moment)
    const paid = this.gates.pass(found, this.#key(queue, id), moment)
    if (!paid) return false
    const until = Math.min(moment.elapsed + leaseMs, deadline)
    const lease = found.lease + 1
    return set(found, { status: 'leased', lease, owner, alone, leaseMs, until, deadline, paid })
  }

  /** Whether the gates would let this pass. */
  mayPass({ queue, id }: Presence, moment: Moment): boolean {
    return this.gates.copy().pass(this.find(queue, id)!, this.#key(queue, id), moment) !== undefined
  }

  /** Whether only the gate of its key keeps this back. */
  isKeptByKey({ queue, id }: Presence, moment: Moment): boolean {
    const found = this.find(queue, id)!
    return this.gates.copy().pass({ ...found, lane: 'none' }, this.#key(queue, id), moment) !== undefined
  }

  /** Pays at a gate for a leased message; undefined if its fence does not hold. */
  pass(
    fence: Fence,
    toll: { readonly gate: string; readonly units: number },
    moment: Moment,
  ): boolean | undefined {
    const found = this.find(fence.queue, fence.id)
    if (found?.queue !== this.version.nameOf(fence.queue) || !holds(found, fence)) return undefined
    const key = this.#key(found.queue, found.id)
    if (!this.gates.toll(found, key, toll, moment)) return false
    if (!this.gates.isHold(found.queue, toll.gate)) {
      this.#beginToPay(found.queue)
      const { paid } = found
      set(found, { paid: { ...paid, [toll.gate]: (paid[toll.gate] ?? 0) + toll.units } })
    }
    return true
  }

  /** Gives back what expired leases of the queues have paid that share a gate with this one, as a lease does first. */
  reclaimAround(queue: string, moment: Moment): void {
    const gates = standsOf(this.version.nameOf(queue)).map(({ gate }) => gate)
    for (const each of this.here.values()) {
      const isNear = standsOf(each.queue).some(({ gate }) => gates.includes(gate))
      const isOver = each.status === 'leased' && each.until <= moment.elapsed
      if (isNear && isOver && Object.keys(each.paid).length > 0) this.promote(each.queue, each.id, moment)
    }
  }

  /** Makes a message ready whose time has come. */
  promote(queue: string, id: string, moment: Moment): Presence {
    const found = this.find(queue, id)!
    const now = expire(found, moment)
    if (now !== found) this.gates.endLease(found.paid, outcomeOfExpiry(found), moment)
    return Object.assign(found, now)
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
  deploy(version: Version, moment: Moment): void {
    this.#passGatesOn(version, moment)
    for (const each of this.here.values()) {
      const to = version.takerOf(each.queue, each.tag)
      const isRenamed = to === version.nameOf(each.queue)
      if (!isRenamed && each.status === 'leased') {
        this.gates.endLease(each.paid, 'quiet', moment)
        Object.assign(each, dropLease, { status: 'ready' })
      }
      each.queue = to
    }
    this.version = version
  }

  #passGatesOn(version: Version, moment: Moment): void {
    const before = this.version
    for (const queue of before.queues) {
      const name = version.nameOf(queue)
      if (name !== queue) this.#renameGate(queue, name)
      else {
        const { closed } = this.gates.of(queue)
        if (isClosedAt({ closed }, moment.now))
          for (const heir of version.pausedOf(queue, before))
            if (!isClosedAt(this.gates.of(heir), moment.now)) this.gates.shut(heir, closed!)
      }
    }
    for (const queue of before.queues)
      if (version.nameOf(queue) === queue && !version.queues.includes(queue)) this.gates.retire(queue)
  }

  #renameGate(from: string, to: string): void {
    this.gates.rename(from, to)
    for (const each of this.here.values()) {
      const { [from]: paid, ...others } = each.paid
      if (paid !== undefined) each.paid = { ...others, [to]: paid }
    }
  }

  /** Applies all of `changes` if they are right, and says which it has passed over; undefined if they are refused. */
  commit(changes: readonly Change[], moment: Moment): Receipt | undefined {
    const [here, hops, parents] = [copied(this.here), new Map(this.#hops), new Map(this.#parents)]
    const records = this.records.copy()
    const gates = this.gates.copy()
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
    if (kept && !done.includes(false)) {
      for (const key of this.#departed.keys()) this.gates.endHolds(key, moment)
      return { repeated: false, skipped }
    }
    this.here = here
    this.#hops = hops
    this.#parents = parents
    this.records = records
    this.gates = gates
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
    if (change.kind === 'gate') return this.#turn(change, moment)
    const found = this.find(change.queue, change.id)
    const isThere = found?.queue === this.version.nameOf(change.queue)
    if (change.kind === 'take') {
      if (isThere && mayTake(found!, change, moment)) return this.#leave(found!, 'quiet', moment)
      if (!change.skip) return false
      this.#skipped.add(this.#key(change.queue, change.id))
      return 'skipped'
    }
    if (change.kind === 'revive') {
      if (!isThere || found!.status !== 'dead') return change.skip ? 'skipped' : false
      return set(found!, { status: 'ready', attempts: 0, crashes: 0, suspect: false })
    }
    if (!found || !isThere) return false
    if (!holds(found, change)) return false
    if (change.kind === 'pop')
      return this.#leave(found, change.event === 'failed' ? 'failed' : 'done', moment)
    if (change.kind === 'progress') return set(found, { fraction: change.fraction })
    if (change.kind === 'accompany') return set(found, { alone: false })
    if (change.kind === 'bury') {
      this.gates.endLease(found.paid, 'failed', moment)
      const attempts = Math.max(found.attempts, change.attempt ?? 0)
      return set(found, { ...dropLease, status: 'dead', suspect: false, attempts })
    }
    const { charge, delayMs, suspect = false } = change
    this.gates.endLease(found.paid, charge ? 'failed' : 'quiet', moment)
    const attempts = found.attempts + (charge ? 1 : 0)
    const waits = { status: delayMs ? 'delayed' : 'ready', due: moment.now + delayMs } as const
    return set(found, { ...dropLease, ...waits, attempts, suspect: suspect || (found.suspect && !charge) })
  }

  #turn(change: TurnGate, moment: Moment): boolean {
    const { name, hold } = change
    const isGate = modelGates.some((each) => each.name === name)
    const names = isGate ? [name] : this.version.gatesOf(name)
    const { limit, rate, forMs } = change
    for (const each of names) {
      if (!isGate && (limit ?? rate ?? forMs) !== undefined) this.#beginToPay(each)
      if (!isGate && (limit === null || rate === null)) this.#beginToPay(each)
      this.gates.turn(each, change, moment)
    }
    if (!hold) return true
    const found = this.find(hold.queue, hold.id)
    if (found?.queue !== this.version.nameOf(hold.queue) || !holds(found, hold)) return false
    for (const each of names) this.gates.hold(this.#key(hold.queue, hold.id), each, hold.units, moment)
    return true
  }

  /** From now on leases of `queue` pay at its gate; those that were given before are counted too. */
  #beginToPay(queue: string): void {
    if (!this.gates.beginToPay(queue)) return
    for (const each of this.here.values())
      if (each.queue === queue && each.status === 'leased') each.paid = this.gates.count(queue, each)
  }

  #leave({ queue, id, finished, paid }: Presence, outcome: LeaveOutcome, moment: Moment): boolean {
    this.gates.endLease(paid, outcome, moment)
    this.#departed.set(this.#key(queue, id), finished)
    return this.here.delete(this.#key(queue, id))
  }

  #push(
    { queue: pushed, token, value, enter, delayMs = 0, tolls = {}, frees, key: lane = '' }: Push,
    moment: Moment,
  ): boolean | 'skipped' {
    const { id, priority, frames } = token
    const { tag } = value as { readonly tag: string }
    const queue = this.version.takerOf(pushed, tag)
    const key = this.#key(queue, id)
    const known = this.#hops.get(key)
    if (enter === 'ignore' && known) return 'skipped'
    if (enter === 'refuse' && known) return false
    if (!enter && !this.#departed.has(key)) return this.#skipped.has(key) ? 'skipped' : false
    const { now } = moment
    const finished = queue === 'done' || (!enter && this.#departed.get(key)!)
    const old = this.here.get(key)
    if (old) this.gates.endLease(old.paid, 'quiet', moment)
    if (enter || queue === 'done') this.gates.endHolds(key, moment)
    else if (frees) this.gates.endHolds(key, moment, frees)
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
      asks: tolls,
      lane,
      ...fresh,
      ...waits,
    })
    return true
  }

  #key(queue: string, id: string): string {
    return JSON.stringify([this.#workflowOf(queue), id])
  }
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
