import { NotFoundError } from '../../queue/errors.ts'
import { didYouMean } from '../../schema/did-you-mean.ts'
import type { GroupFacts, ProcessFacts } from '../../serve/steering/shapes.ts'
import type { Verb } from '../../serve/steering/steer.ts'
import { Child } from '../supervise/child.ts'
import type { ChildSpec } from '../supervise/fork-process.ts'
import { Group, type GroupSpec } from './group.ts'
import type { MemberListener } from './member.ts'

/** All processes of an `up`. */
export class Fleet {
  #groups: readonly Group[]
  #summoned: Child | undefined
  #isUnwelcome = false
  #isOver = false
  readonly #listener: MemberListener

  constructor(specs: readonly GroupSpec[], listener: MemberListener) {
    this.#listener = listener
    this.#groups = specs.map((spec) => new Group(spec, listener))
  }

  get groups(): readonly GroupFacts[] {
    return this.#groups.map(({ facts }) => facts)
  }

  get processes(): readonly ProcessFacts[] {
    return [...this.#groups.flatMap(({ processes }) => processes), ...this.#summonedFacts]
  }

  /** Resolves when each of the first processes has come up, or will not; with the names of those that have not. */
  async firstUp(): Promise<readonly string[]> {
    return (await Promise.all(this.#groups.map((group) => group.firstUp()))).flat()
  }

  /** Does it with the groups called `names`, by default with all. Rejects with a `NotFoundError`, having done nothing, if one is not there. */
  async steer(verb: Verb, names?: readonly string[]): Promise<readonly string[]> {
    const groups = names?.map((name) => this.#find(name)) ?? this.#groups
    if (verb !== 'stop') this.#isUnwelcome = false
    return (await Promise.all(groups.map((group) => group[verb]()))).flat()
  }

  /** Sets how many processes the group called `name` has. */
  async scale(name: string, processes: number): Promise<readonly string[]> {
    return this.#find(name).scale(processes)
  }

  /** Throws a `NotFoundError` if no group is called so. */
  check(name: string): void {
    this.#find(name)
  }

  /** Takes what the file says now. What is to be as it was goes on. */
  async take(specs: readonly GroupSpec[]): Promise<readonly string[]> {
    this.#isUnwelcome = false
    const before = this.#groups
    const gone = before.filter(({ name }) => !specs.some((spec) => spec.name === name))
    const kept = specs.flatMap((spec) => {
      const group = before.find(({ name }) => name === spec.name)
      return group ? [{ group, spec }] : []
    })
    const fresh = specs
      .filter((spec) => !before.some(({ name }) => name === spec.name))
      .map((spec) => new Group(spec, this.#listener))
    this.#groups = specs.map(
      ({ name }) => [...kept.map(({ group }) => group), ...fresh].find((group) => group.name === name)!,
    )
    // New ones first: what a group that goes has worked on is worked on all the time.
    const up = await Promise.all(fresh.map((group) => group.start()))
    const [taken] = await Promise.all([
      Promise.all(kept.map(({ group, spec }) => group.take(spec))),
      Promise.all(gone.map((group) => group.end())),
    ])
    return [...up, ...taken].flat()
  }

  /** Starts a process that leaves by itself, unless it runs already, was refused, or all is to end. */
  summon(spec: ChildSpec): void {
    if (this.#isOver || this.#isUnwelcome || (this.#summoned && !this.#summoned.hasEnded)) return
    const refused = (sentence: string) => {
      this.#isUnwelcome = true
      this.#listener.log.error(sentence)
    }
    this.#summoned = new Child(spec, { ...this.#listener, refused, gaveUp: refused })
  }

  /** Ends all; resolves when all have ended. */
  async end(): Promise<void> {
    this.#isOver = true
    this.#summoned?.stop()
    await Promise.all([...this.#groups.map((group) => group.end()), this.#summoned?.ended])
  }

  /** Gives all a moment to give back what they hold. */
  async hurry(): Promise<void> {
    this.#isOver = true
    this.#summoned?.hurry()
    await Promise.all(this.#groups.map((group) => group.hurry()))
    this.#summoned?.kill()
  }

  /** Ends all at once. */
  kill(): void {
    this.#isOver = true
    this.#summoned?.kill()
    for (const group of this.#groups) group.kill()
  }

  get #summonedFacts(): readonly ProcessFacts[] {
    if (!this.#summoned || this.#summoned.hasEnded) return []
    const { pid, state, since, restarts } = this.#summoned.facts
    const { name } = this.#summoned
    const shown = state === 'ended' ? 'ending' : state
    return [{ name, group: name, state: shown, since, restarts, ...(pid !== undefined && { pid }) }]
  }

  #find(name: string): Group {
    const names = this.#groups.map((group) => group.name)
    const found = this.#groups.find((group) => group.name === name)
    if (found) return found
    throw new NotFoundError(
      `Nothing that runs here is called "${name}"; there is ${names.join(', ')}.${didYouMean(name, names)}`,
    )
  }
}
