import type { Journey, JourneyLine } from '../../queue/journey.ts'
import { withKept } from '../../queue/rules/kept-values.ts'
import type { Json } from '../../schema/json.ts'

/** What is kept of a stay: JSON texts, undefined for none. */
export interface KeptValue {
  readonly value: string | undefined
  readonly frames: string | undefined
}

/** The values of stays that are remembered. */
export class Values {
  readonly #all = new Map<string, KeptValue>()

  find(token: number, hop: number): KeptValue | undefined {
    return this.#all.get(keyOf(token, hop))
  }

  /** Keeps what a stay was; of one stay the first that is kept counts. */
  keep(token: number, hop: number, kept: KeptValue): void {
    const key = keyOf(token, hop)
    if (!this.#all.has(key)) this.#all.set(key, kept)
  }

  /** `lines` of a token, with what is remembered on the last line of each stay. */
  on(token: number, lines: readonly JourneyLine[]): Journey['lines'] {
    return withKept(lines, {
      bytesOf: (hop) => {
        const kept = this.find(token, hop)
        return kept && Buffer.byteLength(kept.value ?? '')
      },
      read: (hop) => {
        const { value, frames } = this.find(token, hop)!
        return { value: value && (JSON.parse(value) as Json), frames: framesOf(frames) }
      },
    })
  }
}

function framesOf(frames: string | undefined): readonly Json[] {
  return frames === undefined ? [] : (JSON.parse(frames) as Json[])
}

function keyOf(token: number, hop: number): string {
  return `${token} ${hop}`
}
