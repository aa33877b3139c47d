import { type RecallCursor, recalledAfter } from '../../queue/check-letter.ts'
import type { Letter, Recalled, Recalling } from '../../queue/letter.ts'
import type { Sent, StayPlace } from '../../queue/rules/box-world.ts'
import { RecallPage } from '../../queue/rules/recall-page.ts'
import type { Step } from '../../queue/step.ts'
import type { Json } from '../../schema/json.ts'

/** A letter as it is kept. */
export interface KeptLetter extends Sent {
  readonly seq: number
  readonly at: number
}

/** A step as it is kept: its value is JSON text. */
export interface KeptStep {
  readonly n: number
  readonly step: Omit<Step, 'value'>
  readonly value: string | undefined
}

/** What a token has: its letters by number, the keys that it knows, and the steps of its stay by path. */
export class Box {
  readonly letters = new Map<number, KeptLetter>()
  readonly keys = new Map<string, { readonly hop: number | undefined }>()
  readonly steps = new Map<string, KeptStep>()
}

/** The boxes of all tokens that have one. */
export class Boxes {
  readonly #byToken = new Map<number, Box>()
  /** The numbers that were given last. */
  seq = 0
  step = 0

  of(token: number): Box | undefined {
    return this.#byToken.get(token)
  }

  /** The box of a token, made if it has none. */
  open(token: number): Box {
    const box = this.#byToken.get(token) ?? new Box()
    this.#byToken.set(token, box)
    return box
  }

  drop(token: number): void {
    this.#byToken.delete(token)
  }

  /** Drops what belongs to a stay that has ended. */
  endStay({ token, hop }: StayPlace): void {
    const box = this.#byToken.get(token)
    if (!box) return
    box.steps.clear()
    for (const [seq, letter] of box.letters) if (letter.hop === hop) box.letters.delete(seq)
    for (const [key, known] of box.keys) if (known.hop === hop) box.keys.delete(key)
  }

  /** A page of the steps and letters of a token that is in a queue. */
  recall(
    { token, id }: { readonly token: number; readonly id: string },
    { names, only, after, limit = 1000 }: Recalling,
  ): Recalled {
    const start = after === undefined ? undefined : recalledAfter(id, after)
    const box = this.#byToken.get(token) ?? new Box()
    const steps = only === 'letters' || start?.of === 'letters' ? [] : [...box.steps.values()]
    const letters = only === 'steps' ? [] : [...box.letters.values()]
    const found = [
      ...steps.filter(({ n }) => n > (start?.after ?? 0)).map((step) => ({ step, letter: undefined })),
      ...letters
        .filter(
          ({ seq, name }) =>
            (start?.of !== 'letters' || seq > start.after) && (names?.includes(name) ?? true),
        )
        .map((letter) => ({ step: undefined, letter })),
    ]
    const page = new RecallPage(limit)
    const end = found.findIndex((each) => !page.takes(placeOf(each), (each.step ?? each.letter).value))
    const taken = end < 0 ? found : found.slice(0, end)
    return {
      steps: taken.flatMap(({ step }) => (step ? shownStep(step) : [])),
      letters: taken.flatMap(({ letter }) => (letter ? shownLetter(letter) : [])),
      next: page.next,
    }
  }
}

function placeOf({
  step,
  letter,
}: {
  readonly step: KeptStep | undefined
  readonly letter: KeptLetter | undefined
}): RecallCursor {
  return step ? { of: 'steps', after: step.n } : { of: 'letters', after: letter!.seq }
}

function shownLetter({ key = '', value, ...letter }: KeptLetter): Letter {
  return { ...letter, key, value: parsed(value) }
}

function shownStep({ step, value }: KeptStep): Step {
  return { ...step, value: parsed(value) }
}

function parsed(text: string | undefined): Json | undefined {
  return text === undefined ? undefined : JSON.parse(text)
}
