import { stepText } from '../../queue/check-remember.ts'
import type { Reply } from '../../queue/letter.ts'
import type { Addressee, BoxWorld, Debtor, Sent, StayPlace } from '../../queue/rules/box-world.ts'
import { heed } from '../../queue/rules/mail.ts'
import type { Count } from '../../queue/rules/rest.ts'
import type { World } from '../../queue/rules/world.ts'
import type { Step } from '../../queue/step.ts'
import type { Boxes, KeptLetter, KeptStep } from './boxes.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'

/** What the boxes need of the transaction that they are in. */
interface Tokens extends World<MemoryQueue> {
  known(workflow: string, id: string): TokenRecord | undefined
  of(token: number): TokenRecord
  amend(token: number, fields: Pick<Partial<TokenRecord>, 'value' | 'reply'>): void
  childrenOf(workflow: string, parent: string): readonly TokenRecord[]
}

/** The changes of one transaction to one box. */
class DraftBox {
  /** Whether all that was in it before is dropped. */
  isCleared = false
  hasForgotten = false
  readonly come = new Map<number, KeptLetter>()
  readonly keys = new Set<string>()
  readonly read = new Set<number>()
  readonly steps = new Map<string, KeptStep>()
}

/** The changes of one transaction to the boxes: none of them is visible until `publish`. */
export class DraftBoxes implements BoxWorld {
  readonly #draft: Tokens
  readonly #boxes: Boxes
  readonly #changed = new Map<number, DraftBox>()
  #seq: number
  #step: number

  constructor(draft: Tokens, boxes: Boxes) {
    this.#draft = draft
    this.#boxes = boxes
    this.#seq = this.#boxes.seq
    this.#step = this.#boxes.step
  }

  find(workflow: string, id: string): Addressee | undefined {
    const known = this.#draft.known(workflow, id)
    return known && { token: known.token, hop: known.hop, isThere: known.queue !== undefined }
  }

  put(token: number, letter: Sent): void {
    if (letter.key !== undefined && this.#knows(token, letter)) return
    const seq = ++this.#seq
    const own = this.#own(token)
    if (letter.key !== undefined) own.keys.add(keyOf(letter))
    own.come.set(seq, { ...letter, seq, at: this.#draft.now })
    heed(this.#draft, this.#draft.of(token), [{ name: letter.name, isFailure: letter.failure !== undefined }])
  }

  count(place: StayPlace, names: readonly string[]): (name: string) => Count {
    const counts = new Map(names.map((name) => [name, { letters: 0, failures: 0 }]))
    for (const { name, hop, failure } of this.#letters(place.token)) {
      const count = counts.get(name)
      if (!count || (hop !== undefined && hop !== place.hop)) continue
      count.letters++
      if (failure) count.failures++
    }
    return (name) => counts.get(name)!
  }

  read({ token, hop }: StayPlace, seqs: readonly number[]): boolean {
    const there = new Map(this.#letters(token).map((letter) => [letter.seq, letter]))
    const found = seqs.map((seq) => there.get(seq))
    if (!found.every((letter) => letter && (letter.hop === undefined || letter.hop === hop))) return false
    for (const seq of seqs) this.#own(token).read.add(seq)
    return true
  }

  record({ token }: StayPlace, step: Step): boolean {
    const own = this.#own(token)
    const { isCleared, hasForgotten } = own
    const isThere = !isCleared && !hasForgotten && this.#boxes.of(token)?.steps.has(step.path)
    if (isThere || own.steps.has(step.path)) return false
    const { id, queue } = this.#draft.of(token)
    const { value: _, at = this.#draft.now, ...rest } = step
    const value = stepText(step, { id, queue: queue!.name })
    own.steps.set(step.path, { n: ++this.#step, step: { ...rest, at }, value })
    return true
  }

  forget({ token }: StayPlace): void {
    const own = this.#own(token)
    own.hasForgotten = true
    own.steps.clear()
  }

  clear(token: number): void {
    this.#changed.set(token, Object.assign(new DraftBox(), { isCleared: true }))
  }

  rewrite(token: number, value: string): void {
    this.#draft.amend(token, { value })
  }

  reply(token: number): Reply | undefined {
    return this.#draft.of(token).reply
  }

  reported(token: number): void {
    this.#draft.amend(token, { reply: undefined })
  }

  debtors(
    workflow: string,
    parent: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): readonly Debtor[] {
    return this.#debtors(workflow, parent)
      .filter(({ token }) => token > after)
      .slice(0, limit)
  }

  deadDebtor(
    workflow: string,
    parent: string,
    { hop, names }: { readonly hop: number; readonly names: readonly string[] },
  ): Debtor | undefined {
    return this.#debtors(workflow, parent).find(
      ({ stay, reply }) => stay.status === 'dead' && reply!.hop === hop && names.includes(reply!.name),
    )
  }

  publish(): void {
    for (const [token, own] of this.#changed) {
      if (own.isCleared) this.#boxes.drop(token)
      const box = this.#boxes.open(token)
      if (own.hasForgotten) box.steps.clear()
      for (const [seq, letter] of own.come) {
        if (letter.key !== undefined) box.keys.set(keyOf(letter), letter)
        if (!own.read.has(seq)) box.letters.set(seq, letter)
      }
      for (const seq of own.read) box.letters.delete(seq)
      for (const [path, step] of own.steps) box.steps.set(path, step)
    }
    this.#boxes.seq = this.#seq
    this.#boxes.step = this.#step
  }

  #own(token: number): DraftBox {
    const own = this.#changed.get(token) ?? new DraftBox()
    this.#changed.set(token, own)
    return own
  }

  #letters(token: number): readonly KeptLetter[] {
    const own = this.#changed.get(token)
    const before = own?.isCleared ? [] : (this.#boxes.of(token)?.letters.values() ?? [])
    return [...before, ...(own?.come.values() ?? [])].filter(({ seq }) => !own?.read.has(seq))
  }

  #knows(token: number, letter: Sent): boolean {
    const own = this.#changed.get(token)
    const isThere = !own?.isCleared && this.#boxes.of(token)?.keys.has(keyOf(letter))
    return isThere || own?.keys.has(keyOf(letter)) === true
  }

  #debtors(workflow: string, parent: string): readonly TokenRecord[] {
    return this.#draft.childrenOf(workflow, parent).filter(({ queue, reply }) => queue && reply)
  }
}

function keyOf({ name, key, hop }: Sent): string {
  return JSON.stringify([name, key, hop])
}
