import type { LeaseRequest, Receipt } from '../../queue/backend.ts'
import type {
  Change,
  Drop,
  Fault,
  Fence,
  Line,
  Mail,
  Pop,
  Postpone,
  Push,
  Put,
  Remember,
  Take,
} from '../../queue/change.ts'
import type { Reply } from '../../queue/letter.ts'
import type { Scope } from '../../queue/records.ts'
import type { Leased } from '../../queue/rows.ts'
import type { Wait } from '../../queue/wait.ts'
import { ModelBoxes, type ModelLetter } from './model-boxes.ts'
import { kept, ModelMarks } from './model-marks.ts'
import { ModelPast, type ModelStay } from './model-past.ts'
import { ModelRecords } from './model-records.ts'
import { ModelTotals } from './model-totals.ts'
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
  /** With which parent and trace each token has entered last. */
  #entrances = new Map<string, Pick<Presence, 'parent' | 'traceparent'>>()
  /** The tokens that have left a queue in the commit that is being applied, and are in none. */
  #departed = new Map<string, Departed>()
  /** The tokens that were allowed to stay where they are in this commit. */
  #skipped = new Set<string>()
  records = new ModelRecords()
  boxes = new ModelBoxes()
  totals = new ModelTotals()
  past = new ModelPast()
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
    copy.#entrances = new Map(this.#entrances)
    copy.version = this.version
    copy.records = this.records.copy()
    copy.boxes = this.boxes.copy()
    copy.totals = this.totals.copy()
    copy.past = this.past.copy()
    copy.marks = this.marks.copy()
    return copy
  }

  /** All that it knows, as text: equal texts are equal models. */
  toString(): string {
    const { here, paused, records, boxes, totals, past, marks } = this
    return JSON.stringify([[...here], [...paused], [...this.#hops], records, boxes, totals, past, marks])
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

  /** What is remembered of a stay of `id`. */
  pastOf(queue: string, id: string, hop: number): ModelStay | undefined {
    return this.past.find(this.#key(queue, id), hop)
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
    const [totals, marks] = [this.totals.copy(), this.marks.copy()]
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
      if (reply) this.#send(reply, { from: id, isFailure: true, value: undefined })
      this.boxes.clear(key)
    }
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
    this.#entrances = entrances
    this.records = records
    this.boxes = boxes
    this.totals = totals
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
    if (change.kind === 'mail') return this.#mail(change)
    if (change.kind === 'line') return this.#isAbout(change)
    const found = this.find(change.queue, change.id)
    const isThere = found?.queue === this.version.nameOf(change.queue)
    if (change.kind === 'take') {
      if (isThere && mayTake(found!, change, moment)) return this.#takeOut(found!, change)
      if (!found && change.descend && this.#takeRest(change)) return true
      if (!change.skip) return false
      this.#skipped.add(this.#key(change.queue, change.id))
      return 'skipped'
    }
    if (change.kind === 'revive') {
      const isResting = isThere && ['dead', 'delayed', 'waiting'].includes(found!.status)
      if (!isResting) return change.skip ? 'skipped' : false
      if (change.forget) this.boxes.forget(this.#key(change.queue, change.id))
      return set(found!, { status: 'ready', attempts: 0, crashes: 0, suspect: false })
    }
    if (change.kind === 'mark')
      return this.marks.set(this.#key(change.queue, change.id), isThere ? found : undefined, change)
    if (!found || !isThere) return false
    if (!holds(found, change)) return false
    if (change.kind === 'pop') return this.#leave(found, change)
    if (change.kind === 'remember') return this.#remember(found, change)
    if (change.kind === 'accompany') return set(found, { alone: false })
    if (change.kind === 'bury') {
      const attempts = Math.max(found.attempts, change.attempt ?? 0)
      set(found, { ...dropLease, status: 'dead', suspect: false, attempts })
      return this.#tellDeath(found)
    }
    const { charge, suspect = false } = change
    const attempts = found.attempts + (charge ? 1 : 0)
    const waits = this.#rest(found, change, moment)
    return set(found, { ...dropLease, ...waits, attempts, suspect: suspect || (found.suspect && !charge) })
  }

  #leave(found: Presence, { kind, event, error }: Pick<Pop | Take, 'kind' | 'event' | 'error'>): boolean {
    const key = this.#key(found.queue, found.id)
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
  #takeOut(found: Presence, change: Take): boolean {
    this.#leave(found, change)
    if (change.descend) this.#takeChildren(found.queue, found.id)
    return true
  }

  /** Takes the descendants of a token that has left; false if there is none. */
  #takeRest({ queue, id, hop }: Take): boolean {
    const last = this.#hops.get(this.#key(queue, id))
    return last !== undefined && (hop === undefined || hop === last) && this.#takeChildren(queue, id)
  }

  #takeChildren(queue: string, parent: string): boolean {
    const workflow = this.#workflowOf(queue)
    const isChild = (each: Presence) =>
      each.reply && each.parent === parent && this.#workflowOf(each.queue) === workflow
    const children = [...this.here.values()].filter(isChild)
    for (const child of children)
      if (this.find(child.queue, child.id) === child) this.#leave(child, { kind: 'take', event: 'cancelled' })
    for (const child of children) this.#takeChildren(child.queue, child.id)
    return children.length > 0
  }

  /** Puts a letter into the box of a token; false if it is not there. */
  #mail({ workflow, id, name, key, hop, value, failure, from }: Mail): boolean {
    const box = JSON.stringify([workflow, id])
    const to = this.here.get(box)
    if (!to || (hop !== undefined && hop !== to.hop)) return false
    this.boxes.put(box, { name, key, hop, value, isFailure: failure !== undefined, from })
    return this.#wake(box, to)
  }

  #send({ workflow, id, hop, name, key }: Reply, letter: Pick<ModelLetter, 'value' | 'isFailure' | 'from'>) {
    const box = JSON.stringify([workflow, id])
    const to = this.here.get(box)
    if (to?.hop !== hop) return
    this.boxes.put(box, { name, key, hop, ...letter })
    this.#wake(box, to)
  }

  #wake(box: string, to: Presence): boolean {
    if (to.status === 'waiting' && this.boxes.fulfils(box, to.wait!)) set(to, { status: 'ready' })
    return true
  }

  #tellDeath(found: Presence): boolean {
    const { reply } = found
    if (!reply) return true
    const parent = this.here.get(JSON.stringify([reply.workflow, reply.id]))
    const isTold = parent?.status === 'waiting' && parent.hop === reply.hop && parent.wait?.failFast
    if (!reply.settle && !isTold) return true
    this.#send(reply, { from: found.id, isFailure: true, value: undefined })
    return set(found, { reply: undefined })
  }

  /** How a message rests from now on; a wait that its box fulfils is over. */
  #rest(
    found: Presence,
    { delayMs, wait }: Pick<Postpone, 'delayMs' | 'wait'>,
    { now }: Moment,
  ): Pick<Presence, 'status' | 'due' | 'wait'> {
    const due = delayMs === undefined ? undefined : now + delayMs
    if (!wait) return { status: delayMs ? 'delayed' : 'ready', due, wait: undefined }
    const box = this.#key(found.queue, found.id)
    if (wait.failFast) this.#tellFirstDead(found, wait)
    const isOver = delayMs === 0 || this.boxes.fulfils(box, wait)
    return isOver ? { status: 'ready', due: undefined, wait: undefined } : { status: 'waiting', due, wait }
  }

  // A child that died while its parent did not wait.
  #tellFirstDead(found: Presence, wait: Wait): void {
    const child = [...this.here.values()].find(
      ({ status, parent, reply }) =>
        status === 'dead' &&
        parent === found.id &&
        reply?.hop === found.hop &&
        wait.for.some(({ name }) => name === reply.name),
    )
    if (!child) return
    this.#send(child.reply!, { from: child.id, isFailure: true, value: undefined })
    set(child, { reply: undefined })
  }

  #remember(found: Presence, change: Remember): boolean {
    const { value, progress, steps = [], reads = [], forgive } = change
    const box = this.#key(change.queue, change.id)
    if (!this.boxes.read(box, reads)) return false
    if (!this.boxes.record(box, steps)) return false
    const { tag } = (value ?? found) as { readonly tag: string }
    const attempts = forgive || steps.length > 0 ? 0 : found.attempts
    const crashes = forgive ? 0 : found.crashes
    return set(found, { tag, attempts, crashes, ...(progress && { fraction: progress.fraction }) })
  }

  #push(change: Push, moment: Moment): boolean | 'skipped' {
    const { queue: pushed, token, value, enter, reply, parentHop, dead, traceparent } = change
    const { event, lastHop, marks } = change
    const { id, priority, frames } = token
    const { tag } = value as { readonly tag: string }
    const queue = this.version.takerOf(pushed, tag)
    const key = this.#key(queue, id)
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
    if (enter && !event && before?.reply)
      this.#send(before.reply, { from: id, isFailure: true, value: undefined })
    if (enter) this.boxes.clear(key)
    if (enter || queue !== 'replies') this.#move(this.here.get(key)?.queue, queue)
    this.#departed.delete(key)
    if (here) this.past.keep(key, here, 'taken')
    const hop = enter ? (known ?? 0) + 1 : token.hop
    this.#hops.set(key, hop)
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
      if (owes) this.#send(owes, { from: id, isFailure: dead !== undefined, value: dead ? undefined : value })
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
      brought: enter ? undefined : departed?.fault,
      ...fresh,
      ...{ status: 'ready', due: undefined, wait: undefined },
    }
    set(arrived, dead ? { status: 'dead' } : this.#rest(arrived, change, moment))
    this.here.set(key, arrived)
    return true
  }

  #move(from: string | undefined, to: string | undefined): void {
    if (from !== undefined) this.totals.of(from).left++
    if (to !== undefined) this.totals.of(to).entered++
  }

  #key(queue: string, id: string): string {
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
