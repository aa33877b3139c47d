import { packageFaults } from '../archive/packed.ts'
import { fractionOf } from '../random.ts'
import { FaultRule, type RequestKind } from './fault.ts'

/** A rule on the board. */
export interface PinnedRule {
  readonly id: number
  readonly rule: FaultRule
}

interface Rule extends PinnedRule {
  readonly of: ReadonlySet<string> | undefined
  readonly on: ReadonlySet<string> | undefined
}

/** Who a request is about. */
export interface Asked {
  /** A barcode, or the name of a list. */
  readonly of: string
  readonly on: RequestKind
}

/**
 * The faults that are to come. What happens by chance depends on the seed, the book and how often it was asked about,
 * never on the order in which books are asked about.
 */
export class FaultBoard {
  readonly #seed: string
  readonly #rules = new Map<string, Rule[]>()
  /** How often a rule has been asked for a book or list. */
  readonly #asked = new Map<string, number>()
  #lastId = 0

  constructor(seed: string, rules: readonly FaultRule[]) {
    this.#seed = seed
    for (const rule of rules) this.pin(rule)
  }

  /** All rules, oldest first. */
  get rules(): PinnedRule[] {
    return [...this.#rules.values()]
      .flat()
      .map(({ id, rule }) => ({ id, rule }))
      .sort((one, other) => one.id - other.id)
  }

  /** Adds a rule; gives its number. Throws a `ZodError` when it is none. */
  pin(given: FaultRule): number {
    const rule = FaultRule.parse(given)
    const id = ++this.#lastId
    const others = this.#rules.get(rule.fault) ?? []
    this.#rules.set(rule.fault, [...others, { id, rule, of: setOf(rule.of), on: setOf(rule.on) }])
    return id
  }

  /** Takes a rule away, or all; tells how many. */
  clear(id?: number): number {
    const before = this.rules.length
    for (const [fault, rules] of this.#rules)
      this.#rules.set(fault, id === undefined ? [] : rules.filter((rule) => rule.id !== id))
    const after = this.rules.length
    if (after === 0) this.#asked.clear()
    return before - after
  }

  /** Whether a fault that passes comes to this request. Asking counts. */
  strikes(fault: string, { of, on }: Asked): boolean {
    let isStruck = false
    for (const { id, rule, ...only } of this.#rules.get(fault) ?? []) {
      if (only.of?.has(of) === false || only.on?.has(on) === false) continue
      const key = `${id} ${of}`
      const asked = this.#asked.get(key) ?? 0
      const { chance, times = Number.POSITIVE_INFINITY } = rule
      if (isStruck || asked >= times) continue
      const isLikely = chance === undefined || fractionOf(this.#seed, fault, of, asked, on) < chance
      this.#asked.set(key, asked + 1)
      isStruck ||= isLikely
    }
    return isStruck
  }

  /** How often it has been asked whether a fault that passes comes to a book or a list, by rules that are about it. */
  asked(fault: string, of: string): number {
    const rules = this.#rules.get(fault) ?? []
    return rules.reduce((sum, { id }) => sum + (this.#asked.get(`${id} ${of}`) ?? 0), 0)
  }

  /** Whether a book has a fault that lasts. */
  lasts(fault: string, barcode: string): boolean {
    return (this.#rules.get(fault) ?? []).some(
      ({ rule: { chance }, of }) =>
        of?.has(barcode) !== false &&
        (chance === undefined || fractionOf(this.#seed, fault, barcode) < chance),
    )
  }

  /** The way in which the package of a book is broken; undefined when it is in good order. */
  packageFaultOf(barcode: string): string | undefined {
    return packageFaults.find((fault) => this.lasts(fault, barcode))
  }
}

function setOf(told: string | readonly string[] | undefined): ReadonlySet<string> | undefined {
  return told === undefined ? undefined : new Set([told].flat())
}
