import { type LaidOut, layOut } from '../pipeline/lay-out.ts'
import { type Random, randomFor } from '../testing/backend-model/random.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { type Asked, Crew } from './crew.ts'
import { Finding } from './finding.ts'
import type { Request } from './gate.ts'
import { makeWorld, openTokens } from './make-world.ts'
import { People } from './people.ts'
import { ProcessClock } from './process-clock.ts'
import type { Point, RunOptions } from './run-options.ts'
import { sayDifference, sayEarlyEnd, sayExcess } from './say-finding.ts'
import type { Tokens } from './tokens.ts'
import { Trace } from './trace.ts'
import { untilQuiet } from './until-quiet.ts'

/** One in so many choices lets time pass although requests wait for an answer. */
const timeEvery = 16
/** One in so many choices lets so much time pass that leases run out during the work. */
const stallEvery = 128
const longestStallMs = 90_000
/** One in so many choices lets an operator turn the gate of a queue. */
const turnEvery = 64
const longestClosedMs = 20_000
/** The most requests that are answered at one go, before new ones are considered. */
const most = 4

/** One run of a workflow, from its first token to the end of the last; `simulate.ts` says how it goes. */
export class SimulatedRun {
  readonly trace = new Trace()
  /** Where a process could have died. */
  readonly points: Point[] = []
  commits = 0
  readonly #options: RunOptions
  readonly #clock = new FakeClock()
  readonly #handlerClock = new ProcessClock(this.#clock)
  readonly #startedAt = this.#clock.elapsed()
  readonly #random: Random
  readonly #people: People
  readonly #gates: Random
  #tokens!: Tokens
  #crew!: Crew
  #laid!: LaidOut<unknown, any>
  #step = 0
  #stalledUntil = 0

  constructor(options: RunOptions) {
    this.#options = options
    this.#random = randomFor(options.seed, 'steps')
    this.#gates = randomFor(options.seed, 'gates')
    this.#people = new People(randomFor(options.seed, 'people'), options.decide)
  }

  get died(): number {
    return this.#crew?.died ?? 0
  }

  get elapsedMs(): number {
    return this.#clock.elapsed() - this.#startedAt
  }

  get ended() {
    return this.#tokens.ended
  }

  /** Runs to the end. Rejects with a `Finding` where something is wrong. */
  async play(): Promise<void> {
    const { name = 'simulated', pipeline, check } = this.#options
    try {
      const at = { name, clock: this.#clock, handlerClock: this.#handlerClock }
      this.#tokens = await openTokens(this.#options, this.#people, at)
      this.#laid = layOut(pipeline, name)
      const world = await makeWorld(this.#options, this.#tokens, at)
      this.#crew = new Crew(world, { clock: this.#clock, size: this.#options.processes ?? 2 })
      this.#find(await this.#tokens.look(), 'after entering')
      while (!(await this.#isOver())) await this.#go()
      await this.#crew.end()
      this.#say(sayEarlyEnd(this.#options.expected, this.died))
      this.#find(await this.#tokens.checkHistory(this.#laid.output), 'at the end')
      await check?.({ tokens: this.ended, context: world.context })
    } finally {
      await this.#crew?.end()
      await this.#tokens?.backend.close()
    }
  }

  /** Whether every token has ended, and no process has anything left to commit. */
  async #isOver(): Promise<boolean> {
    for (const owner of await this.#crew.fill()) this.trace.say(`${owner} starts`)
    await this.#quiet()
    if (this.#tokens.unfinished) return false
    return this.#crew.pending.every(({ request }) => request.kind !== 'commit')
  }

  async #go(): Promise<void> {
    const { pending, fault } = this.#crew
    this.#say(sayExcess({ tokens: this.#tokens, elapsedMs: this.elapsedMs, fault }, this.#options))
    const isEnding = !this.#tokens.unfinished
    if (isEnding) return this.#answer(pending.find(({ request }) => request.kind === 'commit')!)
    const process = this.#crew.any
    const tasks = process ? this.#people.tasksAmong(this.#tokens.spots) : []
    if (this.#gates.below(turnEvery) === 0) await this.#turnGate()
    const isSlow = this.#random.below(timeEvery) === 0
    if (this.#random.below(stallEvery) === 0)
      this.#stalledUntil = this.#clock.elapsed() + this.#random.below(longestStallMs)
    const isIdle = pending.length + tasks.length === 0
    if ((isIdle || isSlow || this.#clock.elapsed() < this.#stalledUntil) && (await this.#pass())) return
    if (isIdle) throw new Finding('Nothing can go on, and nothing waits for time to pass.')
    const chosen = this.#random.below(pending.length + tasks.length)
    const task = tasks[chosen - pending.length]
    if (!task) return this.#answerSome(pending, chosen)
    const name = this.#people.lookAt(task, process!.desk(task.queue))
    this.trace.say(`${name} looks at "${task.id}" in "${task.queue}", served by ${process!.owner}`)
  }

  /** Shuts the gate of a queue for a while, or opens it. */
  async #turnGate(): Promise<void> {
    const queue = this.#gates.pick(this.#laid.specs).name
    const closed = this.#gates.below(2) === 0
    const forMs = closed ? 1 + this.#gates.below(longestClosedMs) : undefined
    await this.#tokens.backend.commit([{ kind: 'gate', name: queue, closed, forMs, actor: 'ann' }])
    this.trace.say(
      `ann ${closed ? `closes the gate of "${queue}" for ${forMs} ms` : `opens the gate of "${queue}"`}`,
    )
  }

  /** Answers the chosen request and some others of those that wait; the work that follows runs side by side. */
  async #answerSome(pending: readonly Asked[], first: number): Promise<void> {
    const left = [...pending]
    for (let chosen = first, more = this.#random.below(Math.min(most, pending.length)); ; more--) {
      const [asked] = left.splice(chosen, 1)
      await this.#answer(asked!)
      if (more === 0) return
      chosen = this.#random.below(left.length)
    }
  }

  async #answer({ request, process }: Asked): Promise<void> {
    // Its process may have died since it was chosen.
    if (!process.gate.pending.has(request)) return
    const step = ++this.#step
    const side = this.#options.plan(step, this.#isPoint(request))
    if (side) {
      await this.#quiet()
      this.#say(sayDifference(this.#options.expected, request.text))
      process.dieAtNext(side)
    }
    const answer = await request.answer()
    const leased = request.kind === 'lease' && Array.isArray(answer) ? answer.map(({ id }) => `"${id}"`) : []
    const text = leased.length > 0 ? `${request.text}: ${leased.join(', ')}` : request.text
    this.trace.say(`${step}: ${text}${side ? `, and dies ${side} it` : ''}`)
    if (request.kind === 'commit') this.commits++
    if (request.isChange || leased.length > 0) this.points.push({ step, text: request.text })
    this.#crew.lookAfter(process)
    if (request.kind !== 'extend') this.#find(await this.#tokens.look(), `after step ${step} (${text})`)
  }

  /** Whether a crash at `request` would leave anything behind. */
  #isPoint({ kind, queue, isChange }: Request): boolean {
    if (kind !== 'lease') return isChange
    return this.#tokens.spots.some(
      (spot) => spot.queue === queue && spot.status !== 'dead' && !spot.leaseLeftMs,
    )
  }

  /** Moves time to the next timer, if there is one, or else to the end of a claim, of which its person may not know. */
  async #pass(): Promise<boolean> {
    const ms = this.#clock.moveOn() ?? this.#outlastClaim()
    if (ms === undefined) return false
    this.trace.pass(ms)
    // A claim may have run out, which is no step of a process.
    if (this.#tokens.areClaimed) this.#find(await this.#tokens.look(), 'after time has passed')
    return true
  }

  /** Moves time to the end of the first claim, if there is one; returns the milliseconds. */
  #outlastClaim(): number | undefined {
    const ms = this.#tokens.claimLeftMs
    if (ms !== undefined) this.#clock.stall(ms)
    return ms
  }

  async #quiet(): Promise<void> {
    const { handlerMs = 5000 } = this.#options
    const stuck = await untilQuiet({
      handlerMs,
      working: () => {
        const asking = new Set(this.#crew.pending.map(({ request }) => request.person))
        const deciding = [...this.#people.busy].filter((name) => !asking.has(name))
        return [...this.#crew.working, ...deciding]
      },
      parked: () => this.#handlerClock.waiting,
    })
    if (this.#people.fault) throw new Finding(this.#people.fault)
    if (stuck.length === 0) return
    // If handlers wait for each other, it is enough that one of them waits for the time.
    if (this.#handlerClock.waiting > 0) return this.#crew.excuse()
    throw new Finding(
      `The work on ${stuck.join(' and ')} has not ended in ${handlerMs} ms of real time, and nothing else can go on: ` +
        'let it wait by the clock that `context` is given, not by real timers, or raise `handlerMs` if it takes that long.',
    )
  }

  #find(wrong: string | undefined, when: string): void {
    this.#say(wrong && `${wrong}, ${when}.`)
  }

  #say(found: string | undefined): void {
    if (found) throw new Finding(found)
  }
}
