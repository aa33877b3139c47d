import { stepText } from '../../../queue/check-remember.ts'
import type { Reply } from '../../../queue/letter.ts'
import type { Addressee, BoxWorld, Debtor, Sent, StayPlace } from '../../../queue/rules/box-world.ts'
import { heed } from '../../../queue/rules/mail.ts'
import type { Count } from '../../../queue/rules/rest.ts'
import type { Step } from '../../../queue/step.ts'
import type { Around } from './around.ts'
import { type Fetched, letterKey } from './fetched.ts'
import { need, needKey } from './needs.ts'
import type { TokenState } from './token-state.ts'

/** The changes of a transaction to one box. */
interface DraftBox {
  /** Whether all that was in it before is dropped. */
  readonly isCleared: boolean
  readonly hasForgotten: boolean
  readonly come: readonly Sent[]
  readonly read: ReadonlySet<number>
  readonly steps: ReadonlyMap<string, object>
}

const untouched: DraftBox = {
  ...{ isCleared: false, hasForgotten: false, come: [], read: new Set(), steps: new Map() },
}

/** The boxes of a transaction. */
export class DraftBoxes implements BoxWorld {
  readonly #fetched: Fetched
  readonly #draft: Around
  readonly #changed = new Map<number, DraftBox>()

  constructor(fetched: Fetched, draft: Around) {
    this.#fetched = fetched
    this.#draft = draft
  }

  find(workflow: string, id: string): Addressee | undefined {
    const known = this.#draft.known(workflow, id)
    return known && { token: known.token, hop: known.hop, isThere: known.queue !== undefined }
  }

  put(token: number, letter: Sent): void {
    const { name, key, failure } = letter
    if (key !== undefined && this.#knows(token, { ...letter, key })) return
    const own = this.#own(token)
    this.#change(token, { come: [...own.come, letter] })
    const state = this.#draft.of(token)
    const queue = this.#draft.queues.of(state.at)
    heed(this.#draft, { token, queue, stay: state.stay }, [{ name, isFailure: failure !== undefined }])
  }

  count(place: StayPlace, names: readonly string[]): (name: string) => Count {
    const { token, hop } = place
    const own = this.#own(token)
    const before = own.isCleared ? undefined : this.#countsOf(token, hop, names)
    const counts = new Map(names.map((name) => [name, { ...(before?.get(name) ?? none) }]))
    const add = (name: string, isFailure: boolean, by: number) => {
      const count = counts.get(name)
      if (!count) return
      count.letters += by
      if (isFailure) count.failures += by
    }
    for (const seq of own.read) {
      const letter = this.#letter(token, seq)
      if (letter) add(letter.name, letter.isFailure, -1)
    }
    for (const letter of own.come)
      if (letter.hop === undefined || letter.hop === hop) add(letter.name, letter.failure !== undefined, 1)
    return (name) => counts.get(name) ?? none
  }

  read({ token, hop }: StayPlace, seqs: readonly number[]): boolean {
    const own = this.#own(token)
    if (own.isCleared || this.#draft.isNew(token)) return seqs.length === 0
    const unknown = seqs.filter((seq) => !this.#fetched.letters.has(letterKey(token, seq)))
    if (unknown.length > 0) need('letter', { token, seqs: unknown })
    const isThere = seqs.every((seq) => {
      const letter = this.#letter(token, seq)
      return letter && !own.read.has(seq) && (letter.hop === 0 || letter.hop === hop)
    })
    if (!isThere) return false
    this.#change(token, { read: new Set([...own.read, ...seqs]) })
    return true
  }

  record({ token, hop }: StayPlace, step: Step): boolean {
    const own = this.#own(token)
    const { path } = step
    if (own.steps.has(path)) return false
    const isFresh = own.isCleared || own.hasForgotten || this.#draft.isNew(token)
    if (!isFresh && this.#isRecorded(token, hop, path)) return false
    const { kind, name, hash, deploy, failure, at = this.#draft.now } = step
    const value = stepText(step, { queue: '', id: '' })
    const cells = {
      ...{ token, hop, path, kind, name, hash, deploy, value, at },
      failure: failure && JSON.stringify(failure),
    }
    this.#change(token, { steps: new Map([...own.steps, [path, cells]]) })
    return true
  }

  forget({ token }: StayPlace): void {
    this.#change(token, { hasForgotten: true, steps: new Map() })
  }

  clear(token: number): void {
    this.#change(token, { ...untouched, isCleared: true })
  }

  rewrite(token: number, value: string): void {
    const { content } = this.#draft.of(token)
    this.#draft.amend(token, { content: { value, frames: content ? content.frames : null } })
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
    const asked = { workflow, parent, after, limit }
    const found = this.#fetched.debtors.get(needKey(asked)) ?? need('debtors', asked)
    return this.#owing(found, workflow, parent)
      .filter(({ token }) => token > after)
      .slice(0, limit)
  }

  deadDebtor(
    workflow: string,
    parent: string,
    { hop, names }: { readonly hop: number; readonly names: readonly string[] },
  ): Debtor | undefined {
    const asked = { workflow, parent, hop, names }
    const found = this.#fetched.dead.get(needKey(asked)) ?? need('dead', asked)
    return this.#owing(found, workflow, parent).find(
      ({ stay, reply }) => stay.status === 'dead' && reply!.hop === hop && names.includes(reply!.name),
    )
  }

  /** What is to be written. */
  document() {
    const all = [...this.#changed]
    const letters = all.flatMap(([token, { come }]) =>
      come.map(({ name, key, hop = 0, value, failure, from }) => ({
        ...{ token, hop, name, key, value, sender: from, at: this.#draft.now },
        failure: failure && JSON.stringify(failure),
      })),
    )
    return {
      cleared: all.flatMap(([token, { isCleared }]) => (isCleared ? [{ token }] : [])),
      forgotten: all.flatMap(([token, { hasForgotten }]) => (hasForgotten ? [{ token }] : [])),
      letters,
      read: all.flatMap(([, { read }]) => [...read].map((seq) => ({ seq }))),
      steps: all.flatMap(([, { steps }]) => [...steps.values()]),
    }
  }

  // Those that were found, and those that this transaction has changed, as they are now.
  #owing(found: readonly number[], workflow: string, parent: string): readonly TokenState[] {
    const own = [...this.#draft.changed].map(({ token }) => token)
    return [...new Set([...found, ...own])]
      .sort((a, b) => a - b)
      .map((token) => this.#draft.of(token))
      .filter(
        (each) => each.workflow === workflow && each.parent === parent && each.reply && each.at !== undefined,
      )
  }

  #knows(token: number, { name, key, hop = 0 }: Sent & { readonly key: string }): boolean {
    const own = this.#own(token)
    if (own.come.some((each) => each.name === name && each.key === key && (each.hop ?? 0) === hop))
      return true
    if (own.isCleared || this.#draft.isNew(token)) return false
    const asked = { token, hop, name, key }
    return this.#fetched.keys.get(needKey(asked)) ?? need('key', asked)
  }

  #countsOf(token: number, hop: number, names: readonly string[]): ReadonlyMap<string, Count> | undefined {
    if (this.#draft.isNew(token)) return undefined
    const asked = { token, hop, names }
    return this.#fetched.counts.get(needKey(asked)) ?? need('count', asked)
  }

  #letter(token: number, seq: number) {
    return this.#fetched.letters.get(letterKey(token, seq))
  }

  #isRecorded(token: number, hop: number, path: string): boolean {
    const asked = { token, hop, path }
    return this.#fetched.steps.get(needKey(asked)) ?? need('step', asked)
  }

  #own(token: number): DraftBox {
    return this.#changed.get(token) ?? untouched
  }

  #change(token: number, fields: Partial<DraftBox>): void {
    this.#draft.undo.set(this.#changed, token, { ...this.#own(token), ...fields })
  }
}

const none: Count = { letters: 0, failures: 0 }
