import type { RecordPlace } from '../../../queue/rules/world.ts'
import { Undone } from '../server/failures.ts'

/** A token by its workflow and id. */
interface IdNeed {
  readonly workflow: string
  readonly id: string
}

/** Letters of a stay that are counted. */
interface CountNeed {
  readonly token: number
  readonly hop: number
  readonly names: readonly string[]
}

/** Letters that are to be read. */
interface LetterNeed {
  readonly token: number
  readonly seqs: readonly number[]
}

/** A letter of which is asked whether its key is known. */
interface KeyNeed {
  readonly token: number
  readonly hop: number
  readonly name: string
  readonly key: string
}

/** A path at which a step may be recorded. */
interface StepNeed {
  readonly token: number
  readonly hop: number
  readonly path: string
}

/** A page of the children of a token that owe it a reply. */
interface DebtorsNeed {
  readonly workflow: string
  readonly parent: string
  readonly after: number
  readonly limit: number
}

/** The first dead child of a token that owes it a reply of one of these names. */
interface DeadNeed {
  readonly workflow: string
  readonly parent: string
  readonly hop: number
  readonly names: readonly string[]
}

/** A gate, or a lane, by its name and key. */
interface NamedNeed {
  readonly name: string
  readonly key: string
}

/** A lane of a queue. */
interface LaneNeed {
  readonly queue: number
  readonly key: string
}

/** All kinds of what the rules may ask for. */
export interface Kinds {
  readonly id: IdNeed
  readonly token: { readonly token: number }
  readonly record: RecordPlace
  readonly gate: NamedNeed
  readonly gateRef: { readonly ref: number }
  /** A gate that is made if it is not there. */
  readonly newGate: NamedNeed
  readonly owing: { readonly name: string }
  readonly lane: LaneNeed
  readonly leased: { readonly queue: number }
  readonly count: CountNeed
  readonly letter: LetterNeed
  readonly key: KeyNeed
  readonly step: StepNeed
  readonly debtors: DebtorsNeed
  readonly dead: DeadNeed
}

export type Kind = keyof Kinds

/** How many numbers are drawn from the sequences of tokens and of revisions. */
interface Draws {
  tokens: number
  revisions: number
}

/** What a transaction has to read before the rules can go on. */
export class Needs {
  readonly #drawn = { tokens: 0, revisions: 0 }
  readonly #byKind = new Map<Kind, Map<string, Kinds[Kind]>>()

  add<K extends Kind>(kind: K, need: Kinds[K]): void {
    const all = this.#byKind.get(kind) ?? new Map<string, Kinds[Kind]>()
    this.#byKind.set(kind, all)
    all.set(needKey(need), need)
  }

  /** Asks for more numbers of a sequence. */
  draw(of: keyof Draws, count: number): void {
    this.#drawn[of] += count
  }

  /** How many numbers of each sequence are asked for. */
  get drawn(): Draws {
    return this.#drawn
  }

  addAll(others: Needs): void {
    this.#drawn.tokens += others.#drawn.tokens
    this.#drawn.revisions += others.#drawn.revisions
    this.addReads(others)
  }

  /** Adds what is to be read, without the numbers. */
  addReads(others: Needs): void {
    for (const [kind, all] of others.#byKind) for (const need of all.values()) this.add(kind, need as never)
  }

  of<K extends Kind>(kind: K): readonly Kinds[K][] {
    return [...(this.#byKind.get(kind)?.values() ?? [])] as Kinds[K][]
  }

  get isEmpty(): boolean {
    return this.#byKind.size === 0 && this.#drawn.tokens === 0 && this.#drawn.revisions === 0
  }

  /** Whether rows have to be locked for it that others may have locked. */
  get locks(): boolean {
    return this.haveToBeFound || named.some((kind) => this.#byKind.has(kind))
  }

  /** Whether rows are among them that are asked for by what they are: these are found first, and then locked. */
  get haveToBeFound(): boolean {
    return found.some((kind) => this.#byKind.has(kind))
  }
}

/** What is locked, by its name and by what it is. */
const named: readonly Kind[] = ['id', 'token', 'record', 'gate', 'gateRef', 'newGate', 'lane']
const found: readonly Kind[] = ['owing', 'leased', 'debtors', 'dead']

/** What distinguishes needs of one kind. */
export function needKey(need: Kinds[Kind]): string {
  return JSON.stringify(Object.values(need))
}

/** Thrown where the rules ask for what was not read yet: the transaction reads it, and the request runs again from its beginning. */
export class Missing extends Error {
  readonly needs: Needs

  constructor(needs: Needs) {
    super('What a request needs was not read yet.')
    this.needs = needs
  }
}

/** Thrown where a request changes what is known of queues: the transaction begins again, and is alone while it does so. */
export class NeedsAlone extends Undone {}

/** Thrown where a request changes gates or lanes of a zone that the transaction has not for itself: it begins again, and has. */
export class NeedsZone extends Undone {
  readonly zone: string

  constructor(zone: string) {
    super(`The transaction has not the zone of ${zone}.`)
    this.zone = zone
  }
}

/** Asks for something that was not read yet. */
export function need<K extends Kind>(kind: K, what: Kinds[K]): never {
  const needs = new Needs()
  needs.add(kind, what)
  throw new Missing(needs)
}
