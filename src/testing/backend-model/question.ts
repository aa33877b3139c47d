import assert from 'node:assert/strict'
import type { Backend, LeaseRequest, Renewal } from '../../queue/backend.ts'
import type { Change, Fence } from '../../queue/change.ts'
import type { Declaration } from '../../queue/declaration.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import type { Passage } from '../../queue/gate.ts'
import type { Leased } from '../../queue/rows.ts'
import type { Model } from './model.ts'
import type { Moment, Presence } from './presence.ts'

/**
 * Which due or expired messages of its queue a lease has made ready: all, those whose ids were requested, or only those that
 * it leased. Each backend may choose.
 */
export const promotions = ['all', 'asked', 'given'] as const
type Promoted = (typeof promotions)[number]

/** One request of a turn, and how the model judges its answer. */
export interface Question {
  /** What is asked, for the list of steps. */
  readonly said: string
  readonly ask: (backend: Backend) => Promise<unknown>
  /**
   * Asks the model the same, and asserts that it may answer so; the model has changed afterwards as the backend has.
   */
  readonly judge: (answer: unknown, model: Model, moment: Moment, promoted: Promoted) => void
  /** The queue of which it leases: there `promoted` makes a difference. */
  readonly leases?: string
  /** The workflow that it declares. */
  readonly founds?: string
}

/** Leases messages. */
export function leasing(queue: string, request: LeaseRequest): Question {
  return {
    said: `lease of ${queue} ${JSON.stringify(request)}`,
    ask: (backend) => backend.lease(queue, request),
    leases: queue,
    judge(answer, model, moment, promoted) {
      const leased = answer as readonly Leased[]
      if (!model.isShut(queue, moment)) {
        if (promoted === 'all') model.reclaimAround(queue, moment)
        for (const { id } of model.in(queue))
          if (promoted === 'all' || (promoted === 'asked' && request.ids?.includes(id)))
            model.promote(queue, id, moment)
      }
      const may = model.leasable(queue, request, moment)
      const isHolder = (each: Presence) => model.gates.isHolder(each.queue, model.keyOf(each.queue, each.id))
      assertTurns(leased, may, isHolder)
      for (const each of leased) {
        const known = may.find(({ id }) => id === each.id)
        assert.ok(known, `"${each.id}" could not be leased`)
        const { hop, lease, attempts, crashes } = known
        const wanted = [hop, lease + 1, attempts, crashes]
        assert.deepEqual([each.hop, each.lease, each.attempts, each.crashes], wanted)
      }
      const passed = leased.map((each) => model.lease(queue, each, request, moment))
      assert.ok(!passed.includes(false), 'what was leased passes its gates')
      const left = may.filter(({ id }) => !leased.some((each) => each.id === id))
      if (left.length === 0 || leased.length === (request.limit ?? may.length)) return
      assertStopped(model, left, moment)
      assertHoldersPass(model, left.filter(isHolder), { left, moment })
    },
  }
}

/** Commits changes, right ones or wrong ones. */
export function committing(changes: readonly Change[]): Question {
  return {
    said: `commit ${JSON.stringify(changes)}`,
    ask: (backend) => backend.commit(changes).catch((error: unknown) => error),
    judge(answer, model, moment) {
      const refusal = answer instanceof Error ? answer : undefined
      assert.ok(!refusal || isPipewrightError(refusal), `it failed: ${refusal}`)
      const receipt = model.commit(changes, moment)
      assert.equal(
        !refusal,
        receipt !== undefined,
        `it should be ${receipt ? 'right' : 'refused'}: ${refusal}`,
      )
      if (receipt) assert.deepEqual(answer, receipt, 'what was passed over')
    },
  }
}

/** Renews the named leases of an owner. */
export function extending(owner: string, fences: readonly Fence[]): Question {
  return {
    said: `extend ${owner} ${fences.map(sayFence)}`,
    ask: (backend) => backend.extend(owner, fences),
    judge(answer, model, moment) {
      const { held, strays } = answer as Renewal
      const wanted = model.extend(owner, fences, moment)
      const named = held.map((fence) => ({ ...fence, queue: model.version.nameOf(fence.queue) }))
      assert.deepEqual(named.map(sayFence).sort(), wanted.held.map(sayFence).sort(), 'what holds')
      assert.deepEqual(strays.map(sayFence).sort(), wanted.strays.map(sayFence).sort(), 'strays')
    },
  }
}

/** Pays at a gate for what is leased, or was. */
export function passing(fence: Fence, gate: string, units: number): Question {
  return {
    said: `pass ${gate} with ${units} for ${sayFence(fence)}`,
    ask: (backend) => backend.pass(fence, { gate, units }).catch((error: unknown) => error),
    judge(answer, model, moment) {
      const admitted = model.pass(fence, { gate, units }, moment)
      if (admitted === undefined)
        assert.ok(isPipewrightError(answer) && answer.code === 'lease_lost', `it was not refused: ${answer}`)
      else assert.equal((answer as Passage).admitted, admitted, `whether ${gate} lets it pass`)
    },
  }
}

/** Declares one more workflow. */
export function founding(declaration: Declaration): Question {
  return {
    said: `declare ${declaration.workflow}`,
    founds: declaration.workflow,
    ask: (backend) => backend.declare(declaration),
    judge: (answer) => assert.deepEqual(answer, { deploy: 1 }),
  }
}

/**
 * Asserts that what was leased is in turn: of each key the best first. Only what holds its units already may go before others that
 * do not fit there.
 */
function assertTurns(
  leased: readonly Leased[],
  may: readonly Presence[],
  isHolder: (each: Presence) => boolean,
): void {
  const wasGiven = (each: Presence) => leased.some(({ id }) => id === each.id)
  for (const lane of new Set(may.map((each) => each.lane))) {
    const own = may.filter((each) => each.lane === lane)
    const inTurn = own.filter((each) => !isHolder(each) || !wasGiven(each))
    const given = leased.flatMap(({ id }) => inTurn.find((each) => each.id === id) ?? [])
    assert.deepEqual(
      given.map(rankOf),
      inTurn.slice(0, given.length).map(rankOf),
      `suspicion and priority of what was leased of "${lane}"`,
    )
  }
}

/** Asserts that what holds its units was not kept back by others that have none, unless a gate at which all pay has stopped all. */
function assertHoldersPass(
  model: Model,
  holders: readonly Presence[],
  { left, moment }: { readonly left: readonly Presence[]; readonly moment: Moment },
): void {
  const keeping = (each: Presence) =>
    model.gates.keeping(model.find(each.queue, each.id)!, model.keyOf(each.queue, each.id), moment)
  const isOver = left.some((each) => keeping(each).some(({ isHeld, isOfKey }) => !isHeld && !isOfKey))
  assert.ok(isOver || holders.every((each) => keeping(each).length > 0), 'what holds its units passes')
}

/** Asserts that a gate keeps back what was not leased: that of all, or those of all keys that have any left. */
function assertStopped(model: Model, left: readonly Presence[], moment: Moment): void {
  const lanes = new Map<string, Presence[]>()
  for (const each of left) {
    const own = lanes.get(each.lane) ?? []
    if (own.length === 0 || rank(own[0]!) === rank(each)) lanes.set(each.lane, [...own, each])
  }
  const isKept = (each: Presence) => !model.mayPass(each, moment)
  const isAllKept = [...lanes.values()].every((own) => own.some(isKept))
  const isStopped = left.some((each) => isKept(each) && !model.isKeptByKey(each, moment))
  assert.ok(isAllKept || isStopped, 'what passes its gates is leased')
}

function rank({ suspect, priority }: { suspect: boolean; priority: number }): string {
  return `${suspect} ${priority}`
}

function rankOf({ suspect, priority }: { suspect: boolean; priority: number }) {
  return { suspect, priority }
}

function sayFence({ queue, id, hop, lease }: Fence): string {
  return `${queue} ${id} ${hop} ${lease}`
}
