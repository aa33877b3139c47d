import { Admitting } from '../../../queue/rules/admitting.ts'
import { postNames } from '../../../queue/rules/gate-record.ts'
import { lease } from '../../../queue/rules/lease.ts'
import type { World } from '../../../queue/rules/world.ts'
import type { Draft } from '../commit/draft.ts'
import { Needs } from '../commit/needs.ts'
import type { TokenState } from '../commit/token-state.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import type { LeasedCells } from '../tables/row.ts'
import type { Leasing } from './leasing.ts'

/** What is in a message: JSON texts, null for none. */
type Texts = Pick<LeasedCells, 'value' | 'frames'>

/** Offers the messages of one lease to the gates of their queue, one after the other. */
export class Passing {
  readonly leasing: Leasing
  readonly admitting: Admitting<QueueEntry>
  /** The tokens that were leased, in their order. */
  readonly leased: number[] = []
  /** Those of them whose texts are known. */
  readonly messages = new Map<number, LeasedCells>()
  readonly #texts = new Map<number, Texts>()

  constructor(leasing: Leasing) {
    const { open, queue } = leasing
    this.leasing = leasing
    // What is written is read anew, in another draft.
    const world = {
      now: open.moment.now,
      get gates() {
        return open.draft.gates
      },
    }
    this.admitting = new Admitting(world as unknown as World<QueueEntry>, queue)
  }

  /** Reads the gates of the queue, those of these keys too. */
  async expectGates(keys: readonly string[] = []): Promise<void> {
    await this.leasing.open.expect(this.#gates(keys))
  }

  /** Reads messages that are locked already, and the gates of these keys. */
  async expectReady(keys: readonly string[], ready: readonly (Texts & { token: number })[]): Promise<void> {
    const needs = this.#gates(keys)
    for (const { token } of ready) needs.add('token', { token })
    this.learn(ready)
    await this.leasing.open.expect(needs)
  }

  /** Takes note of the texts of messages. */
  learn(messages: readonly (Texts & { token: number })[]): void {
    for (const { token, value, frames } of messages) this.#texts.set(token, { value, frames })
  }

  #gates(keys: readonly string[]): Needs {
    const { queue } = this.leasing
    const needs = new Needs()
    if (!queue.gated) return needs
    for (const { gate } of queue.behind) needs.add('gate', { name: gate, key: '' })
    for (const key of new Set(['', ...keys]))
      for (const post of postNames(standOf(queue), key))
        needs.add('newGate', { name: post.name, key: post.key })
    return needs
  }

  /** Reads tokens, and locks them; resolves with those that are not in the hands of another transaction. */
  async expectTokens(tokens: readonly number[]): Promise<readonly number[]> {
    if (tokens.length === 0) return []
    const { open, queue } = this.leasing
    const rows = await open.look<{ token: number }>(
      `select token from pw_tokens where token = any($1::bigint[]) and queue = $2 and status = 'ready' order by token for update ${open.passingLock}`,
      tokens,
      queue.ref,
    )
    const free = new Set(rows.map(({ token }) => token))
    return this.expectLocked(tokens.filter((token) => free.has(token)))
  }

  /** Reads tokens that are locked already; resolves with them. */
  async expectLocked(tokens: readonly number[]): Promise<readonly number[]> {
    const needs = new Needs()
    for (const token of tokens) needs.add('token', { token })
    await this.leasing.open.expect(needs)
    return tokens
  }

  /** Leases a message that is ready, if it fits; resolves with whether it does. */
  async pass(token: number): Promise<boolean> {
    const { open, queue, request } = this.leasing
    const isLeased = await open.run((draft) => {
      const { key, asks } = draft.of(token)
      const paid = queue.gated ? this.admitting.pay(token, key, asks) : []
      if (paid) this.#lease(draft, token, paid)
      return paid !== undefined
    })
    open.keep()
    if (!isLeased) return false
    this.leased.push(token)
    open.news.expectUntil(open.moment.elapsed + Math.min(request.leaseMs, request.timeoutMs))
    return true
  }

  #lease(draft: Draft, token: number, paid: NonNullable<Parameters<typeof lease>[3]>): void {
    const { open, queue, request } = this.leasing
    const state = draft.of(token)
    lease(draft, draft.knownAs(state), request, paid.length > 0 ? paid : undefined)
    const texts = this.#texts.get(token)
    if (texts) this.messages.set(token, { ...texts, ...leasedCells(draft.of(token)) })
    if (state.stay.lease > 0) return
    open.meters.tellLease(draft.now, queue.ref, { ageMs: draft.now - state.arrivedAt })
  }

  /** Sets the moment when what waits at a gate that opens by itself is due. */
  park(): void {
    const { againAt } = this.admitting
    if (againAt !== undefined) this.leasing.open.news.expectDue(againAt)
  }
}

function leasedCells(state: TokenState): Omit<LeasedCells, keyof Texts> {
  const { token, id, hop, priority, parent = null, deploy, stay } = state
  const { suspect, lease, attempts, crashes } = stay
  return { token, id, hop, priority, parent, deploy, suspect, lease, attempts, crashes }
}
