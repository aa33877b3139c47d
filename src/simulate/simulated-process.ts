import { layOut } from '../pipeline/lay-out.ts'
import { makeQueues } from '../pipeline/make-queues.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Backend } from '../queue/backend.ts'
import type { Clock } from '../queue/clock.ts'
import { fenceKey } from '../queue/fence-key.mjs'
import type { Desk } from '../run/desk/desk.ts'
import type { Keeper } from '../run/lease/keeper.ts'
import { silent } from '../run/log.ts'
import { makeSolo } from '../run/suspects/make-solo.ts'
import { keepRunning } from '../run/work/keep-running.ts'
import { randomFor } from '../testing/backend-model/random.ts'
import { crashing, type MortalBackend } from '../testing/crashing.ts'
import type { Side } from './crash-plan.ts'
import { findArtifacts } from './find-artifacts.ts'
import { Gate } from './gate.ts'
import { ProcessClock } from './process-clock.ts'

/** Where processes run, and what they run. */
export interface World {
  readonly pipeline: Pipeline
  readonly name: string
  readonly backend: Backend
  readonly clock: Clock
  readonly seed: number
  readonly context: unknown
}

/** A process, with an owner of its own, all the workers and all the desks. */
export class SimulatedProcess {
  readonly owner: string
  readonly gate: Gate
  /** The failure of a loop by hand, if one has failed, in words; it was started again. */
  fault: string | undefined
  #desks: ReadonlyMap<string, Desk> = new Map()
  #ended: Promise<unknown> = Promise.resolve()
  #keeper: Keeper | undefined
  #dies: Side | undefined
  #endUpkeep: () => void = () => {}
  readonly #mortal: MortalBackend
  readonly #clock: ProcessClock
  readonly #stop = new AbortController()
  readonly #excused = new Set<string>()

  private constructor(owner: string, { backend, clock }: World) {
    const point = { before: () => this.#dies === 'before', after: () => this.#dies === 'after' }
    this.owner = owner
    this.#mortal = crashing(backend, { ...point, leases: point })
    this.gate = new Gate(owner, this.#mortal)
    this.#clock = new ProcessClock(clock)
  }

  /** Starts the `number`th process. */
  static async start(number: number, world: World): Promise<SimulatedProcess> {
    const started = new SimulatedProcess(`process-${number}`, world)
    await started.#run(world)
    return started
  }

  get isDead(): boolean {
    return this.#mortal.isDead
  }

  /** Resolves when nothing of it runs any more; once it is dead, that is soon. */
  get ended(): Promise<unknown> {
    return this.#ended
  }

  /** The desk at `queue`, as this process serves it. */
  desk(queue: string): Desk | undefined {
    return this.#desks.get(queue)
  }

  /** The tokens that handlers work on, with their queues: those leased here whose answer is not yet at the gate. */
  get working(): readonly string[] {
    const pending = [...this.gate.pending]
    const answered = new Set(pending.flatMap(({ answers, awaited }) => [...answers, ...awaited]))
    const accompanied = pending.find((request) => request.accompanied)?.accompanied
    return (this.#keeper?.fences() ?? [])
      .filter((fence) => !accompanied || fenceKey(fence) === accompanied)
      .filter((fence) => !answered.has(fenceKey(fence)) && !this.gate.trying.has(fenceKey(fence)))
      .map((fence) => `"${fence.id}" (hop ${fence.hop}, lease ${fence.lease}) in queue "${fence.queue}"`)
      .filter((text) => !this.#excused.has(text))
  }

  /** Waits no longer for the handlers that work now. */
  excuse(): void {
    for (const text of this.working) this.#excused.add(text)
  }

  /** Lets it die at its next answer. */
  dieAtNext(side: Side): void {
    this.#dies = side
  }

  /** Ends the process, if it lives, and frees its resources. */
  bury(): void {
    this.#mortal.die()
    this.#stop.abort()
    this.#keeper?.stop()
    this.#endUpkeep()
    this.gate.flush()
    this.#clock.end()
  }

  async #run({ pipeline, name, seed, context }: World): Promise<void> {
    const { runtime } = await makeQueues(pipeline, this.gate.backend, name, {
      clock: this.#clock,
      owner: this.owner,
    })
    this.#keeper = runtime.keeper
    // It serves the desks.
    this.#endUpkeep = runtime.upkeep.begin()
    const artifacts = layOut(pipeline, name).artifact(
      {
        ...runtime,
        solo: makeSolo(this.#clock),
        jitter: (fence) => randomFor(seed, `wait ${fence.queue} ${fenceKey(fence)}`).fraction(),
      },
      context,
    )
    const { runnables, desks } = findArtifacts(artifacts)
    // As an app does.
    const error = (_: string, fields?: object) => {
      this.fault = `a loop of ${this.owner} failed last with "${fields && 'error' in fields ? fields.error : ''}"`
    }
    this.#desks = desks
    this.#ended = Promise.all(
      runnables.map((run) =>
        keepRunning(run, this.#stop.signal, { queue: name, log: { ...silent, error }, clock: this.#clock }),
      ),
    )
  }
}
