import type { LeaseRequest, Receipt } from '../../queue/backend.ts'
import type { Change, Drop, Fault, Fence, Line, Pop, Push, Put, Remember, Take } from '../../queue/change.ts'
import type { Scope } from '../../queue/records.ts'
import type { Leased } from '../../queue/rows.ts'
import { ModelBoxes } from './model-boxes.ts'
import { ModelGates, standsOf } from './model-gates.ts'
import { mail, restOf, send, tellDeath } from './model-letters.ts'
import { kept, ModelMarks } from './model-marks.ts'
import { ModelPast, type ModelStay } from './model-past.ts'
import { ModelRecords } from './model-records.ts'
import { ModelTotals } from './model-totals.ts'
import { beginToPay, passGatesOn, turn } from './model-turns.ts'
import { dropLease, expire, holds, type Moment, outcomeOfExpiry, type Presence, set } from './presence.ts'
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
  /** With which parent and trace each token has entered last. */
  #entrances = new Map<string, Pick<Presence, 'parent' | 'traceparent'>>()
  /** The tokens that have left a queue in the commit that is being applied, and are in none. */
  #departed = new Map<string, Departed>()
  /** The tokens that were allowed to stay where they are in this commit. */
  #skipped = new Set<string>()
  records = new ModelRecords()
  boxes = new ModelBoxes()
  totals = new ModelTotals()
  gates = new ModelGates()
  past = new ModelPast()
  marks = new ModelMarks()
  readonly #workflowOf: (queue: string) => string

  constructor(workflowOf: (queue: string) => string) {
    this.#workflowOf = workflowOf
  }

  /** An independent copy. */
  copy(): Model {
    const copy = new Model(this.#workflowOf)
    copy.here = copied(this.here)
    copy.#hops = new Map(this.#hops)
    copy.#entrances = new Map(this.#entrances)
    copy.version = this.version
    copy.records = this.records.copy()
    copy.boxes = this.boxes.copy()
    copy.totals = this.totals.copy()
    copy.gates = this.gates.copy()
    copy.past = this.past.copy()
    copy.marks = this.marks.copy()
    return copy
  }

  /** All that it knows, as text: equal texts are equal models. */
  toString(): string {
    const { here, records, boxes, totals, gates, past, marks } = this
    return JSON.stringify([[...here], [...this.#hops], records, boxes, totals, gates, past, marks])
  }

  find(queue: string, id: string): Presence | undefined {
    return this.here.get(this.keyOf(queue, id))
  }

  in(queue: string): readonly Presence[] {
    const name = this.version.nameOf(queue)
    return [...this.here.values()].filter((each) => each.queue === name)
  }

  /** Whether the workflow of `queue` has ever had `id`. */
  knows(queue: string, id: string): boolean {
    return this.#hops.has(this.keyOf(queue, id))
  }

  /** What is remembered of a stay of `id`. */
  pastOf(queue: string, id: string, hop: number): ModelStay | undefined {
    return this.past.find(this.keyOf(queue, id), hop)
  }

  /** How often people have changed marks of `id`. */
  rev(queue: string, id: string): number {
    return this.marks.rev(this.keyOf(queue, id))
  }

  /** Whether a gate is shut at which all messages of `queue` stop. */
  isShut(queue: string, moment: Moment): boolean {
    return this.gates.isShut(this.version.nameOf(queue), moment)
  }

  /** What a lease of `queue` may get, those that must come first at the front. */
  leasable(
    queue: string,
    { ids, key, suspects = 'include' }: LeaseRequest,
    moment: Moment,
  ): readonly Presence[] {
    if (this.isShut(queue, moment)) return []
    return this.in(queue)
      .filter(({ id, lane }) => (!ids || ids.includes(id)) && (key === undefined || lane === key))
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
    const paid = this.gates.pass(found, this.keyOf(queue, id), moment)
    if (!paid) return false
    const until = Math.min(moment.elapsed + leaseMs, deadline)
    const lease = found.lease + 1
    return set(found, { status: 'leased', lease, owner, alone, leaseMs, until, deadline, paid })
  }

  /** Whether the gates would let this pass. */
  mayPass({ queue, id }: Presence, moment: Moment): boolean {
    return this.gates.copy().pass(this.find(queue, id)!, this.keyOf(queue, id), moment) !== undefined
  }

  /** Whether only the gate of its key keeps this back. */
  isKeptByKey({ queue, id }: Presence, moment: Moment): boolean {
    const found = this.find(queue, id)!
    return this.gates.copy().pass({ ...found, lane: 'none' }, this.keyOf(queue, id), moment) !== undefined
  }

  /** Pays at a gate for a leased message; undefined if its fence does not hold. */
  pass(
    fence: Fence,
    toll: { readonly gate: string; readonly units: number },
    moment: Moment,
  ): boolean | undefined {
    const found = this.find(fence.queue, fence.id)
    if (found?.queue !== this.version.nameOf(fence.queue) || !holds(found, fence)) return undefined
    const key = this.keyOf(found.queue, found.id)
    const units = this.gates.toll(found, key, toll, moment)
    if (units === undefined) return false
    if (!this.gates.isHold(found.queue, toll.gate)) {
      beginToPay(this, found.queue)
      const { paid } = found
      set(found, { paid: { ...paid, [toll.gate]: (paid[toll.gate] ?? 0) + units } })
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
    passGatesOn(this, version, moment)
    for (const each of this.here.values()) {
      const to = version.takerOf(each.queue, each.tag)
      const isRenamed = to === version.nameOf(each.queue)
      if (!isRenamed && each.status === 'leased') {
        this.gates.endLease(each.paid, 'quiet', moment)
        Object.assign(each, dropLease, { status: 'ready' })
      }
      if (!isRenamed) this.#move(each.queue, to)
      each.queue = to
    }
    this.totals.rename(this.version.first, version.first)
    this.version = version
  }

  /** Applies all of `changes` if they are right, and says which it has passed over; undefined if they are refused. */
  commit(changes: readonly Change[], moment: Moment): Receipt | undefined {
    const [here, hops, entrances] = [copied(this.here), new Map(this.#hops), new Map(this.#entrances)]
    const [records, boxes, past] = [this.records.copy(), this.boxes.copy(), this.past.copy()]
    const [totals, marks, gates] = [this.totals.copy(), this.marks.copy(), this.gates.copy()]
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
    for (const [key, { reply, id }] of this.#departed) {
      if (reply) send(this, reply, { from: id, isFailure: true, value: undefined })
      this.boxes.clear(key)
    }
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
    this.#entrances = entrances
    this.records = records
    this.boxes = boxes
    this.totals = totals
    this.gates = gates
    this.past = past
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
    if (change.kind === 'mail') return mail(this, change)
    if (change.kind === 'gate') return turn(this, change, moment)
    if (change.kind === 'line') return this.#isAbout(change)
    const found = this.find(change.queue, change.id)
    const isThere = found?.queue === this.version.nameOf(change.queue)
    if (change.kind === 'take') {
      if (isThere && mayTake(found!, change, moment)) return this.#takeOut(found!, change, moment)
      if (!found && change.descend && this.#takeRest(change, moment)) return true
      if (!change.skip) return false
      this.#skipped.add(this.keyOf(change.queue, change.id))
      return 'skipped'
    }
    if (change.kind === 'revive') {
      const isResting = isThere && ['dead', 'delayed', 'waiting'].includes(found!.status)
      if (!isResting) return change.skip ? 'skipped' : false
      if (change.forget) this.boxes.forget(this.keyOf(change.queue, change.id))
      return set(found!, { status: 'ready', attempts: 0, crashes: 0, suspect: false })
    }
    if (change.kind === 'mark')
      return this.marks.set(this.keyOf(change.queue, change.id), isThere ? found : undefined, change)
    if (!found || !isThere) return false
    if (!holds(found, change)) return false
    if (change.kind === 'pop') return this.#leave(found, change, moment)
    if (change.kind === 'remember') return this.#remember(found, change)
    if (change.kind === 'accompany') return set(found, { alone: false })
    if (change.kind === 'bury') {
      this.gates.endLease(found.paid, 'failed', moment)
      const attempts = Math.max(found.attempts, change.attempt ?? 0)
      set(found, { ...dropLease, status: 'dead', suspect: false, attempts })
      return tellDeath(this, found)
    }
    const { charge, suspect = false } = change
    this.gates.endLease(found.paid, charge ? 'failed' : 'quiet', moment)
    const attempts = found.attempts + (charge ? 1 : 0)
    const waits = restOf(this, found, { change, moment })
    return set(found, { ...dropLease, ...waits, attempts, suspect: suspect || (found.suspect && !charge) })
  }

  #leave(
    found: Presence,
    { kind, event, error }: Pick<Pop | Take, 'kind' | 'event' | 'error'>,
    moment: Moment,
  ): boolean {
    const key = this.keyOf(found.queue, found.id)
    this.gates.endLease(
      found.paid,
      kind === 'take' ? 'quiet' : event === 'failed' ? 'failed' : 'done',
      moment,
    )
    const isTaken = kind === 'take' && event !== 'resolved'
    this.past.keep(key, found, isTaken ? 'taken' : event === 'resolved' ? 'moved' : event)
    const isByHand = event === 'decided' || (isTaken && event !== 'late')
    this.#departed.set(key, { ...found, isByHand, fault: event === 'failed' ? error : undefined })
    this.boxes.endStay(key, found.hop)
    this.#move(found.queue, undefined)
    return this.here.delete(key)
  }

  #isAbout({ queue, id }: Line): boolean {
    return id === undefined || this.knows(queue!, id)
  }

  /** Takes a token, and with `descend` all that owe it a reply, and theirs. */
  #takeOut(found: Presence, change: Take, moment: Moment): boolean {
    this.#leave(found, change, moment)
    if (change.descend) this.#takeChildren(found.queue, found.id, moment)
    return true
  }

  /** Takes the descendants of a token that has left; false if there is none. */
  #takeRest({ queue, id, hop }: Take, moment: Moment): boolean {
    const last = this.#hops.get(this.keyOf(queue, id))
    return last !== undefined && (hop === undefined || hop === last) && this.#takeChildren(queue, id, moment)
  }

  #takeChildren(queue: string, parent: string, moment: Moment): boolean {
    const workflow = this.#workflowOf(queue)
    const isChild = (each: Presence) =>
      each.reply && each.parent === parent && this.#workflowOf(each.queue) === workflow
    const children = [...this.here.values()].filter(isChild)
    for (const child of children)
      if (this.find(child.queue, child.id) === child)
        this.#leave(child, { kind: 'take', event: 'cancelled' }, moment)
    for (const child of children) this.#takeChildren(child.queue, child.id, moment)
    return children.length > 0
  }

  #remember(found: Presence, change: Remember): boolean {
    const { value, progress, steps = [], reads = [], forgive } = change
    const box = this.keyOf(change.queue, change.id)
    if (!this.boxes.read(box, reads)) return false
    if (!this.boxes.record(box, steps)) return false
    const { tag } = (value ?? found) as { readonly tag: string }
    const attempts = forgive || steps.length > 0 ? 0 : found.attempts
    const crashes = forgive ? 0 : found.crashes
    return set(found, { tag, attempts, crashes, ...(progress && { fraction: progress.fraction }) })
  }

  #push(change: Push, moment: Moment): boolean | 'skipped' {
    const { queue: pushed, token, value, enter, reply, parentHop, dead, traceparent } = change
    const { tolls: asks = {}, frees, key: lane = '', event, lastHop, marks, text } = change
    const { id, priority, frames } = token
    const { tag } = value as { readonly tag: string }
    const queue = this.version.takerOf(pushed, tag)
    const key = this.keyOf(queue, id)
    const known = this.#hops.get(key)
    if (parentHop !== undefined && this.find(pushed, token.parent!)?.hop !== parentHop) return false
    if (enter === 'ignore' && known) return 'skipped'
    if (enter === 'refuse' && known) return false
    if (!enter && !this.#departed.has(key)) return this.#skipped.has(key) ? 'skipped' : false
    const here = this.here.get(key)
    if (event && (!known || here || (lastHop ?? known) !== known)) return false
    const departed = this.#departed.get(key)
    const before = departed ?? here
    const finished = queue === 'done' || (!enter && before!.finished)
    if (here) this.gates.endLease(here.paid, 'quiet', moment)
    if (enter || queue === 'done' || queue === 'replies') this.gates.endHolds(key, moment)
    else if (frees) this.gates.endHolds(key, moment, frees)
    if (enter && !event && before?.reply)
      send(this, before.reply, { from: id, isFailure: true, value: undefined })
    if (enter) this.boxes.clear(key)
    if (enter || queue !== 'replies') this.#move(here?.queue, queue)
    this.#departed.delete(key)
    if (here) this.past.keep(key, here, 'taken')
    const hop = enter ? (known ?? 0) + 1 : token.hop
    // What goes on as a reply stays nowhere.
    if (enter || queue !== 'replies') this.#hops.set(key, hop)
    if (enter && !event) this.#entrances.set(key, { parent: token.parent, traceparent })
    const entrance = this.#entrances.get(key)!
    const fresh = { lease: 0, attempts: 0, crashes: 0, suspect: false, ...dropLease }
    const owes = enter && !event ? reply : before?.reply
    const stay = { queue, hop, tag, depth: frames.length }
    const isSent = departed?.isByHand && queue !== 'replies'
    if (enter || isSent) this.past.keep(key, stay, 'arrived')
    if (queue === 'replies') {
      if (enter) this.#move(queue, undefined)
      this.here.delete(key)
      this.boxes.clear(key)
      if (owes) send(this, owes, { from: id, isFailure: dead !== undefined, value: dead ? undefined : value })
      return true
    }
    const arrived: Presence = {
      id,
      priority,
      ...stay,
      ...entrance,
      finished,
      reply: owes,
      marks: kept(marks),
      text,
      brought: enter ? undefined : departed?.fault,
      asks,
      lane,
      ...fresh,
      ...{ status: 'ready', due: undefined, wait: undefined },
    }
    set(arrived, dead ? { status: 'dead' } : restOf(this, arrived, { change, moment }))
    this.here.set(key, arrived)
    return true
  }

  #move(from: string | undefined, to: string | undefined): void {
    if (from !== undefined) this.totals.of(from).left++
    if (to !== undefined) this.totals.of(to).entered++
  }

  /** How `here` has a token. */
  keyOf(queue: string, id: string): string {
    return JSON.stringify([this.#workflowOf(queue), id])
  }
}

/** A token that has left a queue: whether a person did it, and why it was given up, if it was. */
interface Departed extends Presence {
  readonly isByHand: boolean
  readonly fault: Fault | undefined
}

function copied(here: ReadonlyMap<string, Presence>): Map<string, Presence> {
  return new Map([...here].map(([key, presence]) => [key, { ...presence }]))
}

function mayTake(found: Presence, { hop, unheld }: Take, { elapsed }: Moment): boolean {
  if (hop !== undefined && hop !== found.hop) return false
  return !(unheld && found.status === 'leased' && found.until > elapsed)
}
