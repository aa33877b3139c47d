import assert from 'node:assert/strict'
import type { Change, Fence } from '../../queue/change.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import { entering, type Fixture, fenceOf } from '../backend-suite/fixture.ts'
import { Model } from './model.ts'
import type { Random } from './random.ts'

const queues = ['first', 'second', 'desk', 'done']
const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const modes = ['refuse', 'refuse', 'ignore', 'replace'] as const
const leaseMs = 1_000

/** Does random things to a backend and to the model, and asserts that both answer the same. */
export class Driver {
  /** What was done, for whoever has to find out why it failed. */
  readonly steps: string[] = []
  readonly #fixture: Fixture
  readonly #random: Random
  readonly #model = new Model()
  readonly #fences: Fence[] = []

  constructor(fixture: Fixture, random: Random) {
    this.#fixture = fixture
    this.#random = random
  }

  /** One random thing, and a look at everything. */
  async step(): Promise<void> {
    const act = this.#random.below(10)
    if (act < 4) await this.#lease()
    else if (act < 9) await this.#commit()
    else await this.#pass()
    await this.#look()
  }

  async #lease(): Promise<void> {
    const queue = this.#random.pick(queues)
    const limit = 1 + this.#random.below(3)
    const now = this.#fixture.clock.elapsed()
    const may = this.#model.leasable(queue, now)
    const leased = await this.#fixture.lease(queue, { limit, leaseMs, timeoutMs: 5 * leaseMs })
    this.steps.push(
      `lease ${limit} of ${queue}: ${leased.map(({ id, hop, lease }) => `${id}/${hop}/${lease}`)}`,
    )
    assert.equal(leased.length, Math.min(limit, may.length))
    for (const each of leased) {
      assert.ok(may.includes(each.id), `"${each.id}" could not be leased`)
      assert.equal(each.hop, this.#model.whereIs(each.id)?.hop)
      this.#model.lease(each, now + leaseMs)
      this.#fences.push(fenceOf({ ...each, queue }))
    }
  }

  async #commit(): Promise<void> {
    const parts = Array.from({ length: 1 + this.#random.below(3) }, () => this.#changes())
    const changes = parts.flat()
    const isRight = this.#model.commit(changes, this.#fixture.clock.elapsed())
    this.steps.push(`commit ${JSON.stringify(changes)}: ${isRight ? 'right' : 'to be refused'}`)
    const refusal = await this.#fixture.backend.commit(changes).catch((error: unknown) => error)
    assert.ok(refusal === undefined || isPipewrightError(refusal), `it failed: ${refusal}`)
    assert.equal(
      refusal === undefined,
      isRight,
      `the commit should be ${isRight ? 'right' : 'refused'}: ${refusal}`,
    )
  }

  #changes(): readonly Change[] {
    const random = this.#random
    const queue = random.pick(queues)
    const id = random.pick(ids)
    const delayMs = random.pick([0, 0, 0, 700])
    // Mostly a lease of late, often one that does not hold any more.
    const fence = this.#fences.at(-1 - random.below(Math.min(this.#fences.length, 6)))
    const act = random.below(8)
    if (act < 3 || !fence) return [entering(id, { queue, enter: random.pick(modes), delayMs })]
    const token = { id: fence.id, hop: fence.hop + 1, frames: [], priority: 0, deploy: 1 }
    if (act < 5) {
      return [
        { kind: 'pop', event: 'moved', ...fence },
        { kind: 'push', queue, token, value: null, delayMs },
      ]
    }
    if (act === 5) return [{ kind: 'postpone', delayMs, charge: true, ...fence }]
    if (act === 6)
      return [random.below(2) ? { kind: 'bury', ...fence } : { kind: 'pop', event: 'discarded', ...fence }]
    return [random.below(3) ? { kind: 'revive', queue, id } : { kind: 'take', queue, id, event: 'cancelled' }]
  }

  async #pass(): Promise<void> {
    const ms = this.#random.pick([100, 700, 1_000])
    this.steps.push(`${ms} ms pass`)
    await this.#fixture.clock.advance(ms)
  }

  /** No token in two queues or in none; no count that is wrong; no status that differs. */
  async #look(): Promise<void> {
    const { backend } = this.#fixture
    for (const { queue, ready, leased, delayed, dead } of await backend.count()) {
      const wanted = { ready: 0, leased: 0, delayed: 0, dead: 0 }
      for (const status of this.#model.statuses(queue)) wanted[status]++
      assert.deepEqual({ ready, leased, delayed, dead }, wanted, `the counts of "${queue}"`)
      const { rows } = await backend.list(queue)
      for (const { id, hop, status } of rows) {
        const { queue: where, hop: wantedHop, status: wantedStatus } = this.#model.whereIs(id) ?? {}
        assert.deepEqual(
          { id, queue, hop, status },
          { id, queue: where, hop: wantedHop, status: wantedStatus },
        )
      }
      assert.equal(rows.length, this.#model.statuses(queue).length)
    }
  }
}
