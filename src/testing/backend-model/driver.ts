import assert from 'node:assert/strict'
import type { LeaseRequest, QueueSpec } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import { type Fixture, fenceOf, usualQueues, workflow } from '../backend-suite/fixture.ts'
import { compare, compareJourney } from './compare.ts'
import { Model, type Moment } from './model.ts'
import type { Random } from './random.ts'
import { randomChanges } from './random-changes.ts'

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const owners = ['ann', 'bob']
const other = { workflow: 'mall', queues: [{ name: 'mall', role: 'stage' }], fingerprint: 'v1' } as const
const specs = (first: string, was: string): readonly QueueSpec[] => [
  { name: first, role: 'stage', was: [was] },
  ...usualQueues.slice(1),
]

/** Does random things to a backend and to the model, and asserts that both answer the same. */
export class Driver {
  /** What was done, for whoever has to find out why it failed. */
  readonly steps: string[] = []
  readonly #fixture: Fixture
  readonly #random: Random
  readonly #model = new Model((queue) => (queue === 'mall' ? 'mall' : workflow))
  #fences: Fence[] = []
  /** What the first queue is called now, and what it will be called next. */
  #first: readonly [string, string] = ['first', 'start']

  constructor(fixture: Fixture, random: Random) {
    this.#fixture = fixture
    this.#random = random
  }

  /** Makes the second workflow: its tokens have nothing to do with those of the first that are called the same. */
  async open(): Promise<void> {
    await this.#fixture.backend.declare(other)
  }

  /** One random thing, and a look at everything. */
  async step(): Promise<void> {
    const act = this.#random.below(40)
    if (act < 14) await this.#lease()
    else if (act < 31) await this.#commit()
    else if (act < 35) await this.#pass()
    else if (act < 37) await this.#extend()
    else if (act < 39) await this.#pause()
    else await this.#redeclare()
    const queues = this.#queues
    await compare(this.#fixture, this.#model, { queues, moment: this.#moment })
    const queue = this.#random.pick(['mall', 'done'])
    const at = { workflow: queue === 'mall' ? 'mall' : workflow, queue, id: this.#random.pick(ids) }
    await compareJourney(this.#fixture, this.#model, at)
  }

  get #queues(): readonly string[] {
    return [this.#first[0], 'second', 'desk', 'done', 'mall']
  }

  get #moment(): Moment {
    const { clock } = this.#fixture
    return { now: clock.now(), elapsed: clock.elapsed() }
  }

  async #lease(): Promise<void> {
    const random = this.#random
    const queue = random.pick(this.#queues)
    const request: LeaseRequest = {
      owner: random.pick(owners),
      leaseMs: random.pick([300, 1000]),
      timeoutMs: random.pick([800, 5000]),
      suspects: random.pick(['include', 'include', 'exclude', 'only']),
      alone: random.below(2) === 0,
      ...random.pick([
        { limit: 1 + random.below(3) },
        { limit: 1 + random.below(3) },
        { ids: [random.pick(ids), random.pick(ids)] },
      ]),
    }
    const moment = this.#moment
    const may = this.#model.leasable(queue, request, moment)
    const leased = await this.#fixture.backend.lease(queue, request)
    this.steps.push(
      `lease of ${queue} ${JSON.stringify(request)}: ${leased.map(({ id, hop, lease }) => `${id}/${hop}/${lease}`)}`,
    )
    const wanted = may.slice(0, request.limit ?? may.length)
    assert.equal(leased.length, wanted.length, 'how many were leased')
    assert.deepEqual(leased.map(rankOf), wanted.map(rankOf), 'suspicion and priority of what was leased')
    for (const each of leased) {
      const known = may.find(({ id }) => id === each.id)
      assert.ok(known, `"${each.id}" could not be leased`)
      const { hop, lease, attempts, crashes } = known
      assert.deepEqual(
        [each.hop, each.lease, each.attempts, each.crashes],
        [hop, lease + 1, attempts, crashes],
      )
      this.#fences.push(fenceOf({ ...each, queue }))
    }
    // Which others it makes ready is the backend's business, as long as their time has come: `compare` sees to that.
    for (const { id, status } of (await this.#fixture.backend.list(queue)).rows)
      if (status === 'ready') this.#model.promote(queue, id, moment)
    this.#model.lease(queue, leased, request, moment)
  }

  async #commit(): Promise<void> {
    const material = { queues: this.#queues, ids, fences: this.#fences }
    const parts = Array.from({ length: 1 + this.#random.below(3) }, () =>
      randomChanges(this.#random, material),
    )
    const changes = parts.flat()
    const isRight = this.#model.commit(changes, this.#moment)
    this.steps.push(`commit ${JSON.stringify(changes)}: ${isRight ? 'right' : 'to be refused'}`)
    const refusal = await this.#fixture.backend.commit(changes).catch((error: unknown) => error)
    assert.ok(refusal === undefined || isPipewrightError(refusal), `it failed: ${refusal}`)
    assert.equal(
      refusal === undefined,
      isRight,
      `the commit should be ${isRight ? 'right' : 'refused'}: ${refusal}`,
    )
  }

  async #pass(): Promise<void> {
    const ms = this.#random.pick([100, 300, 700, 1_000])
    const jumpMs = this.#random.pick([0, 0, 3_600_000, -3_600_000])
    this.steps.push(`${ms} ms pass, and the wall clock jumps by ${jumpMs} ms`)
    this.#fixture.clock.jump(jumpMs)
    await this.#fixture.clock.advance(ms)
  }

  async #extend(): Promise<void> {
    const owner = this.#random.pick(owners)
    const wanted = this.#model.extend(owner, this.#moment)
    const held = await this.#fixture.backend.extend(owner)
    this.steps.push(`extend ${owner}: ${held.length} are held`)
    assert.deepEqual(held.map(sayFence).sort(), wanted.map(sayFence).sort())
  }

  async #pause(): Promise<void> {
    const queue = this.#random.pick(this.#queues)
    const paused = this.#random.below(3) === 0
    this.steps.push(`${paused ? 'pause' : 'resume'} ${queue}`)
    await this.#fixture.backend.pause(queue, paused)
    if (paused) this.#model.paused.add(queue)
    else this.#model.paused.delete(queue)
  }

  /** Renames the first queue, and tries to do without the second one. */
  async #redeclare(): Promise<void> {
    const [from, to] = this.#first
    this.steps.push(`rename ${from} to ${to}`)
    const { deploy } = await this.#fixture.declare(specs(to, from), to)
    assert.equal(deploy, (await this.#fixture.declare(specs(to, from), to)).deploy, 'the number of a deploy')
    this.#model.rename(from, to)
    this.#first = [to, from]
    this.#fences = this.#fences.map((fence) => (fence.queue === from ? { ...fence, queue: to } : fence))
    if (this.#model.in('second').length === 0) return
    const without = specs(to, from).filter(({ name }) => name !== 'second')
    const refusal = await this.#fixture.declare(without, 'without').catch((error: unknown) => error)
    assert.ok(isPipewrightError(refusal) && refusal.code === 'conflict', `it was not refused: ${refusal}`)
  }
}

function rankOf({ suspect, priority }: { suspect: boolean; priority: number }) {
  return { suspect, priority }
}

function sayFence({ queue, id, hop, lease }: Fence): string {
  return `${queue} ${id} ${hop} ${lease}`
}
