import type { Step } from '../../queue/step.ts'
import type { Wait } from '../../queue/wait.ts'
import type { Json } from '../../schema/json.ts'

/** A letter; without a number as long as the one that the backend has given is not known. */
export interface ModelLetter {
  readonly name: string
  readonly key: string | undefined
  readonly hop: number | undefined
  readonly value: Json | undefined
  readonly isFailure: boolean
  readonly from: string | undefined
  seq?: number | undefined
}

interface ModelBox {
  readonly letters: readonly ModelLetter[]
  /** What is known by name, key and stay. */
  readonly keys: readonly (readonly [name: string, key: string, hop: number | undefined])[]
  readonly paths: readonly string[]
}

const none: ModelBox = { letters: [], keys: [], paths: [] }

/** The boxes that the model knows, and the paths at which steps are recorded, by token. */
export class ModelBoxes {
  readonly #all: Map<string, ModelBox>

  constructor(all: Iterable<readonly [string, ModelBox]> = []) {
    this.#all = new Map(all)
  }

  /** An independent copy. */
  copy(): ModelBoxes {
    return new ModelBoxes(
      [...this.#all].map(([token, box]) => [
        token,
        { ...box, letters: box.letters.map((each) => ({ ...each })) },
      ]),
    )
  }

  toJSON(): unknown {
    return [...this.#all]
  }

  of(token: string): ModelBox {
    return this.#all.get(token) ?? none
  }

  /** The tokens that have, or had, something in their boxes. */
  get tokens(): readonly string[] {
    return [...this.#all.keys()]
  }

  /** The latest numbers that are known. */
  get seqs(): readonly number[] {
    return [...this.#all.values()].flatMap(({ letters }) => letters.flatMap(({ seq }) => seq ?? [])).slice(-4)
  }

  put(token: string, letter: ModelLetter): void {
    const { letters, keys, paths } = this.of(token)
    const { name, key, hop } = letter
    if (keys.some((known) => known[0] === name && known[1] === key && known[2] === hop)) return
    const known = key === undefined ? keys : [...keys, [name, key, hop] as const]
    this.#all.set(token, { letters: [...letters, { ...letter }], keys: known, paths })
  }

  /** Whether the letters of a token end its wait. */
  fulfils(token: string, { for: names, failFast }: Wait): boolean {
    return names.some(({ name, count = 1 }) => {
      const found = this.of(token).letters.filter((each) => each.name === name)
      return found.length >= count || (failFast && found.some(({ isFailure }) => isFailure))
    })
  }

  /** Takes letters out; false if one of them is not there. */
  read(token: string, seqs: readonly number[]): boolean {
    const box = this.of(token)
    if (!seqs.every((seq) => box.letters.some((each) => each.seq === seq))) return false
    const letters = box.letters.filter(({ seq }) => seq === undefined || !seqs.includes(seq))
    if (seqs.length > 0) this.#all.set(token, { ...box, letters })
    return true
  }

  /** Records steps; false if one is recorded at one of their paths. */
  record(token: string, steps: readonly Step[]): boolean {
    const box = this.of(token)
    const paths = [...box.paths, ...steps.map(({ path }) => path)]
    if (new Set(paths).size < paths.length) return false
    if (steps.length > 0) this.#all.set(token, { ...box, paths })
    return true
  }

  forget(token: string): void {
    if (this.#all.has(token)) this.#all.set(token, { ...this.of(token), paths: [] })
  }

  endStay(token: string, hop: number): void {
    if (!this.#all.has(token)) return
    const { letters, keys } = this.of(token)
    this.#all.set(token, {
      letters: letters.filter((each) => each.hop !== hop),
      keys: keys.filter((known) => known[2] !== hop),
      paths: [],
    })
  }

  clear(token: string): void {
    if (this.#all.has(token)) this.#all.set(token, none)
  }
}
