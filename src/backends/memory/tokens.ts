import type { JourneyLine } from '../../queue/journey.ts'
import { Lines, type OwnLine } from './lines.ts'
import type { TokenRecord } from './memory-queue.ts'

/** Every token that has ever entered, and its history. */
export class Tokens {
  readonly #byNumber = new Map<number, TokenRecord>()
  readonly #numbers = new Map<string, Map<string, number>>()
  readonly #lines = new Map<number, JourneyLine[]>()
  readonly lines = new Lines()
  /** The numbers of the tokens that have a parent, by that. */
  readonly #children = new Map<string, Set<number>>()

  /** How many have entered. */
  get count(): number {
    return this.#byNumber.size
  }

  find(workflow: string, id: string): TokenRecord | undefined {
    const number = this.#numbers.get(workflow)?.get(id)
    return number === undefined ? undefined : this.#byNumber.get(number)
  }

  of(token: number): TokenRecord | undefined {
    return this.#byNumber.get(token)
  }

  /** Puts a record in the place of the one that the token had, here and in its queue. */
  put(record: TokenRecord): void {
    const { token, id, workflow } = record
    const old = this.#byNumber.get(token)
    old?.queue?.remove(old)
    this.#byNumber.set(token, record)
    record.queue?.add(record)
    if (old?.parent !== record.parent) this.#adopt(record, old)
    if (old) return
    const numbers = this.#numbers.get(workflow) ?? new Map<string, number>()
    this.#numbers.set(workflow, numbers.set(id, token))
  }

  /** The children of a token, in the order of their numbers. */
  childrenOf(workflow: string, parent: string): readonly TokenRecord[] {
    const children = this.#children.get(JSON.stringify([workflow, parent])) ?? []
    return [...children].sort((a, b) => a - b).map((token) => this.#byNumber.get(token)!)
  }

  #adopt({ token, workflow, parent }: TokenRecord, old: TokenRecord | undefined): void {
    if (old?.parent !== undefined) this.#children.get(JSON.stringify([workflow, old.parent]))!.delete(token)
    if (parent === undefined) return
    const key = JSON.stringify([workflow, parent])
    const children = this.#children.get(key) ?? new Set()
    this.#children.set(key, children.add(token))
  }

  /** The history of a token, oldest first. */
  linesOf(token: number): readonly JourneyLine[] {
    return this.#lines.get(token) ?? []
  }

  /** Adds a line about a token, or, if `token` is 0, about none. */
  addLine(token: number, { workflow, ...line }: OwnLine): void {
    const id = this.#byNumber.get(token)?.id
    this.lines.add({ ...line, hop: line.hop || undefined, workflow, id })
    if (id === undefined) return
    const own = line as JourneyLine
    const lines = this.#lines.get(token)
    if (lines) lines.push(own)
    else this.#lines.set(token, [own])
  }
}
