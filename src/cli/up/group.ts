import type { GroupFacts, ProcessFacts } from '../../serve/steering/shapes.ts'
import type { ChildSpec } from '../supervise/fork-process.ts'
import { Turns } from '../turns.ts'
import { Member, type MemberListener } from './member.ts'

/** The processes that are to run of one stage, or of what runs together. */
export interface GroupSpec {
  readonly name: string
  /** How many. */
  readonly processes: number
  /** How many tokens each works on at once, where that is not for the worker to say. */
  readonly concurrency?: number | undefined
  /** Whether there may be one only, which has to end before another can begin: it listens on a port. */
  readonly isAlone?: boolean
  /** What to run, but for the name. */
  readonly child: Omit<ChildSpec, 'name'>
}

/**
 * Processes that do the same. What is asked of them is done in turn: each request waits for the one before it. A new process takes
 * the place of an old one when it has come up; the old one has until then gone on, and then ends its work.
 */
export class Group {
  #spec: GroupSpec
  #wanted: number
  #stopped = false
  #members: readonly Member[] = []
  #leaving: readonly Member[] = []
  readonly #turns = new Turns()
  #isOver = false
  readonly #listener: MemberListener

  constructor(spec: GroupSpec, listener: MemberListener) {
    this.#spec = spec
    this.#wanted = spec.processes
    this.#listener = listener
    this.#fill()
  }

  get name(): string {
    return this.#spec.name
  }

  get spec(): GroupSpec {
    return this.#spec
  }

  get facts(): GroupFacts {
    const { name, concurrency } = this.#spec
    return {
      ...{ name, processes: this.#wanted, stopped: this.#stopped },
      ...(concurrency !== undefined && { concurrency }),
    }
  }

  get processes(): readonly ProcessFacts[] {
    return this.#all.map((member) => member.factsIn(this.name))
  }

  /** Resolves when each of its first processes has come up, or will not; with the names of those that have not. */
  async firstUp(): Promise<readonly string[]> {
    const ups = await Promise.all(this.#members.map(async ({ name, up }) => ((await up) ? [] : [name])))
    return ups.flat()
  }

  /** Lets its processes run again. */
  start(): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      this.#stopped = false
      return this.#fillAndWait()
    })
  }

  /** Lets none of its processes run, until `start`. */
  stop(): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      this.#stopped = true
      await this.#shrink(0)
      return []
    })
  }

  /** Replaces its processes, one after the other. */
  restart(): Promise<readonly string[]> {
    return this.#inTurn(() => this.#replace())
  }

  /** Sets how many there are to be. */
  scale(processes: number): Promise<readonly string[]> {
    return this.#inTurn(() => this.#resize(processes))
  }

  /** Takes what the file says now: another number if that has changed there, other processes if they are to be run otherwise. */
  take(spec: GroupSpec): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const before = this.#spec
      this.#spec = spec
      const isOther = JSON.stringify(before.child) !== JSON.stringify(spec.child)
      const faults = isOther ? await this.#replace() : []
      if (before.processes === spec.processes) return faults
      return [...faults, ...(await this.#resize(spec.processes))]
    })
  }

  /** Ends all of it for good. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#all.map((member) => member.end()))
    await this.#turns.over()
  }

  async hurry(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#all.map((member) => member.hurry()))
  }

  kill(): void {
    this.#isOver = true
    for (const member of this.#all) member.kill()
  }

  get #all(): readonly Member[] {
    return [...this.#members, ...this.#leaving]
  }

  #inTurn(act: () => Promise<readonly string[]>): Promise<readonly string[]> {
    return this.#turns.take(() => (this.#isOver ? [] : act()))
  }

  async #resize(processes: number): Promise<readonly string[]> {
    this.#wanted = processes
    await this.#shrink(this.#stopped ? 0 : processes)
    return this.#fillAndWait()
  }

  async #fillAndWait(): Promise<readonly string[]> {
    const begun = this.#fill()
    const ups = await Promise.all(
      begun.map(async ({ name, up }) => ((await up) || this.#isOver ? [] : [sayNotUp(name)])),
    )
    return ups.flat()
  }

  /** Starts what is missing. */
  #fill(): readonly Member[] {
    if (this.#stopped || this.#isOver) return []
    const missing = Math.max(0, this.#wanted - this.#members.length)
    const begun = Array.from({ length: missing }, () => {
      const member = this.#begin(this.#freeName())
      this.#members = [...this.#members, member]
      return member
    })
    return begun
  }

  async #shrink(to: number): Promise<void> {
    await Promise.all(this.#members.slice(to).map((member) => this.#dismiss(member)))
  }

  async #replace(): Promise<readonly string[]> {
    for (const old of this.#members) {
      if (this.#isOver) return []
      const isUp = await (this.#spec.isAlone ? this.#replaceAfter(old) : this.#replaceBefore(old))
      if (!isUp && !this.#isOver) return [`${sayNotUp(old.name)} What ran before goes on.`]
    }
    return []
  }

  /** Lets `old` go when the next one has come up. Resolves with whether it has. */
  async #replaceBefore(old: Member): Promise<boolean> {
    const next = this.#begin(old.name)
    this.#members = this.#members.map((each) => (each === old ? next : each))
    this.#leaving = [...this.#leaving, old]
    if (await next.up) {
      await this.#dismiss(old)
      return true
    }
    if (this.#isOver) return false
    this.#leaving = this.#leaving.filter((each) => each !== old)
    this.#members = this.#members.map((each) => (each === next ? old : each))
    await this.#dismiss(next)
    return false
  }

  /** The same where both cannot run at once: if the next one does not come up, one as before begins again. */
  async #replaceAfter(old: Member): Promise<boolean> {
    await this.#dismiss(old)
    if (this.#isOver) return false
    const next = this.#begin(old.name)
    this.#members = [...this.#members, next]
    if ((await next.up) || this.#isOver) return true
    await this.#dismiss(next)
    if (!this.#isOver) this.#members = [...this.#members, new Member(old.spec, this.#listener)]
    return false
  }

  async #dismiss(member: Member): Promise<void> {
    this.#members = this.#members.filter((each) => each !== member)
    if (!this.#leaving.includes(member)) this.#leaving = [...this.#leaving, member]
    await member.end()
    this.#leaving = this.#leaving.filter((each) => each !== member)
  }

  #begin(name: string): Member {
    return new Member({ ...this.#spec.child, name }, this.#listener)
  }

  #freeName(): string {
    if (this.#spec.isAlone) return this.name
    const taken = new Set(this.#members.map(({ name }) => name))
    for (let n = 1; ; n++) if (!taken.has(`${this.name}-${n}`)) return `${this.name}-${n}`
  }
}

function sayNotUp(name: string): string {
  return `Process ${name} did not come up; see its lines in the log.`
}
