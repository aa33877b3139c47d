import assert from 'node:assert/strict'
import type { LeaseRequest } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import type { Leased } from '../../queue/rows.ts'
import { type Fixture, fenceOf, workflow } from '../backend-suite/fixture.ts'
import { compare, compareGates, compareJourney, compareRecords, compareTotals } from './compare.ts'
import { compareBoxes } from './compare-boxes.ts'
import { type Answered, explain } from './explain.ts'
import { Model } from './model.ts'
import { modelGates } from './model-gates.ts'
import { valuesOf } from './model-past.ts'
import type { Moment } from './presence.ts'
import { committing, extending, founding, leasing, passing, type Question } from './question.ts'
import type { Random } from './random.ts'
import { lateAnswer, randomChanges } from './random-changes.ts'

const familiar = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
/** How many of the latest ids are likely to come up again. */
const lately = 4
const owners = ['ann', 'bob']
const mostAtOnce = 6
const mostKiosks = 6
const alone = (name: string) =>
  ({ workflow: name, queues: [{ name, role: 'stage', values: valuesOf(name) }], fingerprint: 'v1' }) as const

/**
 * Does random things to a backend and to the model, and asserts that both answer the same. The backend may run the requests
 * of one turn of the event loop, up to six, in any order; its answers must be right in one of the orders.
 */
export class Driver {
  /** What was done, for the developer who has to find out why it failed. */
  readonly steps: string[] = []
  readonly #fixture: Fixture
  readonly #random: Random
  #model = new Model((queue) => (/^(mall|kiosk-\d)$/.test(queue) ? queue : workflow))
  #fences: Fence[] = []
  readonly #ids: string[] = [...familiar]
  /** The queue that the questions are mostly about for a while, so that they get into each other's way. */
  #focus = 'second'
  readonly #founded = new Set<string>()
  /** All names that the queues of the workflow have had: processes of older versions use them. */
  readonly #known = new Set(['first', 'second', 'desk', 'done', 'replies', 'standing'])
  #deploys = 0

  constructor(fixture: Fixture, random: Random) {
    this.#fixture = fixture
    this.#random = random
  }

  /** Makes the workflow as the model has it, and the second one: its tokens are not those of the first that have the same ids. */
  async open(): Promise<void> {
    await this.#fixture.declare(this.#model.version.specs, `deploy ${this.#deploys}`, modelGates)
    await this.#fixture.backend.declare(alone('mall'))
  }

  /** One turn of random things, and a look at everything. */
  async step(): Promise<void> {
    const act = this.#random.below(40)
    if (act < 35) await this.#turn(1 + this.#random.below(mostAtOnce))
    else if (act < 38) await this.#pass()
    else if (act < 39) await this.#declareAgain()
    else await this.#deploy()
    const queue = this.#random.pick(['mall', 'done'])
    for (const id of this.#someIds()) {
      const at = { workflow: queue === 'mall' ? 'mall' : workflow, queue, id }
      await compareJourney(this.#fixture, this.#model, at)
    }
  }

  get #queues(): readonly string[] {
    return [...this.#model.version.queues, 'mall', ...this.#founded]
  }

  get #moment(): Moment {
    const { clock } = this.#fixture
    return { now: clock.now(), elapsed: clock.elapsed() }
  }

  async #turn(count: number): Promise<void> {
    if (this.#random.below(4) === 0) this.#focus = this.#random.pick(this.#queues)
    const late = this.#fences.length > 0 && this.#random.below(3) === 0 ? this.#lateAnswer() : []
    const others = Array.from({ length: Math.min(count, mostAtOnce - late.length) }, () => this.#question())
    const questions = [...late, ...others]
    const moment = this.#moment
    const answered: Answered[] = []
    await Promise.all(
      questions.map(async (question) => {
        const answer = await question.ask(this.#fixture.backend)
        answered.push({ question, answer })
      }),
    )
    for (const { founds } of questions) if (founds) this.#founded.add(founds)
    this.steps.push(answered.map(sayAnswered).join('\n    '))
    await this.#settleFor(explain(this.#model, answered, moment), moment)
    for (const { question, answer } of answered) {
      if (!question.leases) continue
      for (const each of answer as readonly Leased[])
        this.#fences.push(fenceOf({ ...each, queue: question.leases }))
    }
  }

  /** Takes the first of `models` that looks like the backend does now. */
  async #settleFor(models: Iterable<Model>, moment: Moment): Promise<void> {
    let first: unknown
    for (const model of models) {
      try {
        await compare(this.#fixture, model, { queues: this.#queues, moment })
        await compareRecords(this.#fixture, model, moment)
        await compareBoxes(this.#fixture, model)
        await compareTotals(this.#fixture, model)
        await compareGates(this.#fixture, model, moment)
        this.#model = model
        return
      } catch (error) {
        if (!(error instanceof assert.AssertionError)) throw error
        first ??= error
      }
    }
    throw first
  }

  /** A commit that is refused after other requests of its turn have built on it. */
  #lateAnswer(): readonly Question[] {
    const random = this.#random
    const [queue, fences] = [this.#focus, this.#fences]
    const kiosk = founding(alone(`kiosk-${1 + random.below(mostKiosks)}`))
    return [
      committing(lateAnswer(random, { queue, id: this.#freshId(), fences })),
      random.below(4) === 0 ? kiosk : leasing(queue, this.#leaseRequest()),
      committing(
        randomChanges(random, {
          queues: [queue],
          ids: [this.#freshId()],
          fresh: () => this.#freshId(),
          fences: [],
          revs: [],
          seqs: [],
        }),
      ),
    ]
  }

  #question(): Question {
    const random = this.#random
    const act = random.below(37)
    if (act < 14) return leasing(this.#queue(), this.#leaseRequest())
    if (act < 31) {
      const queues = [this.#queue(), this.#queue()]
      const fresh = () => this.#freshId()
      const { revs } = this.#model.records
      const { seqs } = this.#model.boxes
      const material = { queues, ids: this.#someIds(), fresh, fences: this.#fences, revs, seqs }
      const parts = Array.from({ length: 1 + random.below(3) }, () => randomChanges(random, material))
      return committing(parts.flat())
    }
    if (act < 33) return extending(random.pick(owners), this.#someFences())
    if (act < 34) return this.#turning()
    if (act < 35 && this.#fences.length > 0)
      return passing(random.pick(this.#fences.slice(-6)), random.pick(['press', 'room']), 1 + random.below(2))
    return founding(alone(`kiosk-${1 + random.below(mostKiosks)}`))
  }

  /** A gate is shut, opened, or gets another limit or rate. */
  #turning(): Question {
    const random = this.#random
    const name = random.pick(['press', 'room', random.pick([...this.#known]), ...this.#queues])
    const more = random.pick([
      { closed: true, reason: 'because', forMs: random.pick([undefined, undefined, 400]) },
      ...[{ closed: false }, { closed: false }, { closed: false }],
      ...[
        { limit: random.pick([0, 1, 2, 3, null]) },
        { rate: random.pick([{ units: 2, perMs: 500 }, null]) },
      ],
      ...[{ limit: random.pick([1, null]), actor: random.pick(['ann', 'bob']), reason: 'because' }],
    ])
    return committing([{ kind: 'gate', name, ...more }])
  }

  #queue(): string {
    const act = this.#random.below(8)
    return act === 0
      ? this.#random.pick([...this.#known])
      : act < 3
        ? this.#random.pick(this.#queues)
        : this.#focus
  }

  /** Ids that were used before, most of them lately. */
  #someIds(): readonly string[] {
    const random = this.#random
    const last = this.#ids.slice(-lately)
    return [random.pick(last), random.pick(last), random.pick(this.#ids)]
  }

  #freshId(): string {
    const id = `t${this.#ids.length}`
    this.#ids.push(id)
    return id
  }

  /** Some of the leases that were given lately, each once. */
  #someFences(): readonly Fence[] {
    return this.#fences.slice(-8).filter(() => this.#random.below(2) === 0)
  }

  #leaseRequest(): LeaseRequest {
    const random = this.#random
    return {
      owner: random.pick(owners),
      leaseMs: random.pick([300, 1000]),
      timeoutMs: random.pick([800, 5000]),
      suspects: random.pick(['include', 'include', 'exclude', 'only']),
      alone: random.below(2) === 0,
      ...random.pick([
        { limit: 1 + random.below(3) },
        { limit: 1 + random.below(3) },
        { ids: this.#someIds() },
        { limit: 1 + random.below(3), key: random.pick(['x', 'y']) },
        { ids: this.#someIds(), key: 'x' },
      ]),
    }
  }

  async #pass(): Promise<void> {
    const ms = this.#random.pick([100, 300, 700, 1_000])
    const jumpMs = this.#random.pick([0, 0, 3_600_000, -3_600_000])
    this.steps.push(`${ms} ms pass, and the wall clock jumps by ${jumpMs} ms`)
    this.#fixture.clock.jump(jumpMs)
    await this.#fixture.clock.advance(ms)
    await compare(this.#fixture, this.#model, { queues: this.#queues, moment: this.#moment })
    await compareRecords(this.#fixture, this.#model, this.#moment)
    await compareGates(this.#fixture, this.#model, this.#moment)
  }

  /** Declares the same version again: only what was remembered as another state may move. */
  async #declareAgain(): Promise<void> {
    const { version } = this.#model
    this.steps.push('declare it again')
    await this.#fixture.declare(version.specs, `deploy ${this.#deploys}`, modelGates)
    this.#model.deploy(version, this.#moment)
    await compare(this.#fixture, this.#model, { queues: this.#queues, moment: this.#moment })
  }

  /** Declares a version with other queues, and tries to leave out one in which messages wait. */
  async #deploy(): Promise<void> {
    const version = this.#model.version.next(this.#random)
    const { specs, queues, lacking } = version
    this.steps.push(`deploy ${queues}`)
    const fingerprint = `deploy ${++this.#deploys}`
    const { deploy } = await this.#fixture.declare(specs, fingerprint, modelGates)
    assert.equal(
      deploy,
      (await this.#fixture.declare(specs, fingerprint, modelGates)).deploy,
      'the number of a deploy',
    )
    this.#model.deploy(version, this.#moment)
    for (const queue of queues) this.#known.add(queue)
    await compare(this.#fixture, this.#model, { queues: this.#queues, moment: this.#moment })
    await compareTotals(this.#fixture, this.#model)
    if (this.#model.in(lacking.queue).length === 0) return
    const refusal = await this.#fixture
      .declare(lacking.specs, 'without', modelGates)
      .catch((error: unknown) => error)
    assert.ok(isPipewrightError(refusal) && refusal.code === 'conflict', `it was not refused: ${refusal}`)
  }
}

function sayAnswered({ question, answer }: Answered): string {
  if (answer instanceof Error) return `${question.said}: ${answer.message}`
  if (!Array.isArray(answer)) return question.said
  return `${question.said}: ${(answer as readonly Fence[]).map(({ id, hop, lease }) => `${id}/${hop}/${lease}`)}`
}
