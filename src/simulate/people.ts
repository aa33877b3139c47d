import { isPipewrightError } from '../queue/errors.ts'
import { sayThrown } from '../queue/thrown.mjs'
import type { Desk } from '../run/desk/desk.ts'
import type { Task } from '../run/desk/task.ts'
import type { Json } from '../schema/json.ts'
import type { MaybePromise } from '../schema/schema.ts'
import type { Random } from '../testing/backend-model/random.ts'
import type { Spot } from './snapshot.ts'

/** A task as the person of a simulation sees it. */
export interface TaskOnDesk extends Task<any> {
  readonly queue: string
  /** The names of the decisions that can be taken. */
  readonly decisions: readonly string[]
  /** The name of the person who looks. */
  readonly by: string
}

/** A decision: its name, and its fields. */
export interface Choice {
  readonly decision: string
  readonly [field: string]: Json
}

/** Decides about a task; undefined leaves it where it is, for another person to look at. */
export type Decide = (task: TaskOnDesk, random: Random) => MaybePromise<Choice | undefined>

const names = ['ann', 'bob']
/** How often the default person decides about one token before it stays on the desk. */
const patience = 5
const claimMs = 60_000

/**
 * The people at the desks. They see the same tasks and may reach for the same one; sometimes they claim it first.
 * A person who gets no answer to a decision looks again later.
 */
export class People {
  /** What is wrong with a decision that the test's `decide` made, as a sentence. */
  fault: string | undefined
  readonly #random: Random
  readonly #decide: Decide | undefined
  readonly #busy = new Set<string>()
  readonly #left = new Set<string>()
  readonly #refused = new Set<string>()
  readonly #decided = new Map<string, number>()

  constructor(random: Random, decide: Decide | undefined) {
    this.#random = random
    this.#decide = decide
  }

  /** Those who are deciding now. */
  get busy(): ReadonlySet<string> {
    return this.#busy
  }

  /** Whether all people have seen this message and leave it where it is. */
  haveLeft(spot: Spot): boolean {
    return names.every((name) => this.#left.has(seenBy(name, spot)))
  }

  /** The tasks that a person may decide about now. */
  tasksAmong(spots: readonly Spot[]): readonly Spot[] {
    return spots.filter(
      (spot) =>
        spot.role === 'review' &&
        spot.status !== 'dead' &&
        !spot.leaseLeftMs &&
        this.#free(spot) !== undefined,
    )
  }

  /** A person who is not busy, and has not left the task at `spot` where it is. */
  #free(spot: Spot): string | undefined {
    return names.find((name) => !this.#busy.has(name) && !this.#left.has(seenBy(name, spot)))
  }

  /** Lets a person go to `desk` and decide about the task at `spot`. Returns the person's name. */
  lookAt(spot: Spot, desk: Desk | undefined): string {
    const name = this.#free(spot)!
    this.#busy.add(name)
    void this.#lookAt(spot, desk, name).finally(() => this.#busy.delete(name))
    return name
  }

  async #lookAt(spot: Spot, desk: Desk | undefined, by: string): Promise<void> {
    let choice: Choice | undefined
    try {
      const { id, queue } = spot
      const task = desk && (await desk.get(id))
      choice =
        task && (await this.#choose(desk, { ...task, queue, by, decisions: Object.keys(desk.decisions) }))
      if (!choice) return void this.#left.add(seenBy(by, spot))
      const claim = this.#random.below(2) === 0 ? await desk!.claim(id, by, claimMs) : undefined
      await desk!.decide(id, choice, { hop: task!.hop, by, lease: claim?.lease })
      this.#decided.set(id, (this.#decided.get(id) ?? 0) + 1)
    } catch (error) {
      const code = isPipewrightError(error) ? error.code : undefined
      // Another person was first, or the process that was asked has died.
      if (code === 'conflict' || code === 'lease_lost' || code === 'not_found' || code === 'backend') return
      if (choice && !this.#decide) this.#refused.add(`${seenBy(by, spot)} ${choice.decision}`)
      else
        this.fault ??= `The test could not decide about token "${spot.id}" in queue "${spot.queue}": ${sayThrown(error)}`
    }
  }

  async #choose(desk: Desk, task: TaskOnDesk): Promise<Choice | undefined> {
    if (this.#decide) return this.#decide(task, this.#random)
    if ((this.#decided.get(task.id) ?? 0) >= patience) return undefined
    const open: string[] = []
    for (const decision of task.decisions) {
      if (this.#refused.has(`${seenBy(task.by, task)} ${decision}`)) continue
      const { issues } = await desk.decisions[decision]['~standard'].validate({})
      if (!issues) open.push(decision)
    }
    return open.length > 0 ? { decision: this.#random.pick(open) } : undefined
  }
}

/** What a person has seen: a stay of a token. */
function seenBy(name: string, { id, hop }: { readonly id: string; readonly hop: number }): string {
  return `${name} ${hop} ${id}`
}
