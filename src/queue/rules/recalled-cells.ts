import type { Json } from '../../schema/json.ts'
import type { Fault } from '../change.ts'
import type { Letter } from '../letter.ts'
import { parseText } from '../parse-text.ts'
import type { Step } from '../step.ts'

/** A step as its row has it. */
export interface StepCells {
  readonly n: number
  readonly path: string
  readonly kind: Step['kind']
  readonly name: string
  readonly hash: number | null
  readonly deploy: number
  readonly value: string | null
  readonly failure: string | null
  readonly at: number
}

/** A letter as its row has it; `hop` is 0 for one that hops with its token. */
export interface LetterCells {
  readonly n: number
  readonly name: string
  readonly key: string | null
  readonly hop: number
  readonly value: string | null
  readonly failure: string | null
  readonly sender: string | null
  readonly at: number
}

/** Makes a step of its cells. */
export function stepOf({ n: _, hash, value, failure, ...cells }: StepCells): Step {
  return {
    ...cells,
    hash: hash ?? undefined,
    value: parseText<Json>(value),
    failure: parseText<Fault>(failure),
  }
}

/** Makes a letter of its cells. */
export function letterOf({ n: seq, key, hop, value, failure, sender, ...cells }: LetterCells): Letter {
  return {
    seq,
    ...cells,
    key: key ?? '',
    hop: hop === 0 ? undefined : hop,
    value: parseText<Json>(value),
    failure: parseText<Fault>(failure),
    from: sender ?? undefined,
  }
}
