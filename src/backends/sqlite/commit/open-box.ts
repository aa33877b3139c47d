import { stepText } from '../../../queue/check-remember.ts'
import type { Reply } from '../../../queue/letter.ts'
import type { Addressee, BoxWorld, Debtor, Sent, StayPlace } from '../../../queue/rules/box-world.ts'
import { heed } from '../../../queue/rules/mail.ts'
import type { Came, Count } from '../../../queue/rules/rest.ts'
import type { World } from '../../../queue/rules/world.ts'
import type { Step } from '../../../queue/step.ts'
import type { BoxRows, CameCells, LetterCells } from '../tables/box-rows.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { TokenRow } from '../tables/token-row.ts'
import type { Move } from './move.ts'

/** What the boxes need of the transaction that is open. */
interface BoxParts {
  readonly open: World<QueueEntry>
  /** Records that the request has changed something. */
  readonly changed: () => void
  /** Writes all that is gathered. */
  readonly settle: () => void
  readonly queueOf: (ref: number) => QueueEntry | undefined
  /** The move of a token that is not in the table yet. */
  readonly moveOf: (token: number) => Move | undefined
  readonly enters: (workflow: string, id: string) => boolean
  /** A token as it is in the transaction. */
  readonly row: (token: number) => TokenRow | undefined
}

/**
 * The boxes in the transaction that is open. Letters are gathered, so that those of one turn to one token change its row once:
 * until something looks at that token, or leases from its queue, or all requests have run; so before the watchers are called.
 */
export class OpenBox implements BoxWorld {
  readonly #rows: BoxRows
  readonly #parts: BoxParts
  #letters: LetterCells[] = []
  /** The tokens that these go to, and the queues that those are in. */
  readonly #tokens = new Set<number>()
  readonly #queues = new Set<number>()
  #found: { readonly token: number; readonly queue: number | null } | undefined

  constructor(rows: BoxRows, parts: BoxParts) {
    this.#rows = rows
    this.#parts = parts
  }

  /** Whether letters to a token are gathered. */
  hasFor(token: number): boolean {
    return this.#tokens.size > 0 && this.#tokens.has(token)
  }

  /** Whether letters to a token in a queue are gathered. */
  hasIn({ ref }: QueueEntry): boolean {
    return this.#queues.size > 0 && this.#queues.has(ref)
  }

  find(workflow: string, id: string): Addressee | undefined {
    const { settle, enters, moveOf } = this.#parts
    if (enters(workflow, id)) settle()
    const known = this.#rows.find(workflow, id)
    if (!known) return undefined
    const isMoving = moveOf(known[0]) !== undefined
    if (isMoving) settle()
    const [token, hop, queue] = isMoving ? this.#rows.find(workflow, id)! : known
    this.#found = { token, queue }
    return { token, hop, isThere: queue !== null }
  }

  put(token: number, { name, key, hop, value, failure, from }: Sent): void {
    this.#parts.changed()
    this.#letters.push({
      token,
      hop: hop ?? 0,
      name,
      key: key ?? null,
      value: value ?? null,
      failure: failure === undefined ? null : JSON.stringify(failure),
      sender: from ?? null,
    })
    this.#tokens.add(token)
    const queue = this.#found?.token === token ? this.#found.queue : null
    if (queue !== null) this.#queues.add(queue)
  }

  /** Puts the letters that are gathered into their boxes, and looks at what their tokens wait for. */
  settle(): void {
    if (this.#letters.length === 0) return
    const { open, queueOf, row } = this.#parts
    const letters = this.#letters
    this.clearGathered()
    for (const [token, came] of byToken(this.#rows.insert(letters, open.now))) {
      const found = row(token)
      const queue = found?.queue === undefined ? undefined : queueOf(found.queue)
      if (found) heed(open, { token, queue, stay: found.stay }, came)
    }
  }

  /** Forgets the letters of a transaction that is rolled back. */
  clearGathered(): void {
    if (this.#letters.length === 0) return
    this.#letters = []
    this.#tokens.clear()
    this.#queues.clear()
  }

  count(place: StayPlace, names: readonly string[]): (name: string) => Count {
    return this.#settled.count(place, names)
  }

  read(place: StayPlace, seqs: readonly number[]): boolean {
    this.#parts.changed()
    return this.#settled.read(place, seqs) === seqs.length
  }

  record(place: StayPlace, step: Step): boolean {
    const { open, changed } = this.#parts
    changed()
    const value = stepText(step, { queue: '', id: '' })
    return this.#rows.record(place, step, { value, at: step.at ?? open.now })
  }

  forget(place: StayPlace): void {
    this.#rows.forget(place)
  }

  clear(token: number): void {
    this.#parts.changed()
    this.#settled.clear(token)
  }

  rewrite(token: number, value: string): void {
    this.#rows.rewrite(token, value)
  }

  reply(token: number): Reply | undefined {
    const { settle, moveOf } = this.#parts
    const move = moveOf(token)
    if (move && !move.fence) settle()
    return this.#rows.reply(token)
  }

  reported(token: number): void {
    this.#rows.reported(token)
  }

  debtors(
    workflow: string,
    parent: string,
    page: { readonly after: number; readonly limit: number },
  ): readonly Debtor[] {
    this.#parts.settle()
    return this.#rows.debtors(workflow, parent, page)
  }

  deadDebtor(
    workflow: string,
    parent: string,
    of: { readonly hop: number; readonly names: readonly string[] },
  ): Debtor | undefined {
    this.#parts.settle()
    return this.#rows.deadDebtor(workflow, parent, of)
  }

  get #settled(): BoxRows {
    this.settle()
    return this.#rows
  }
}

function byToken(cells: readonly CameCells[]): ReadonlyMap<number, readonly Came[]> {
  const tokens = new Map<number, Came[]>()
  for (const [token, name, isFailure] of cells) {
    const came = tokens.get(token)
    const letter = { name, isFailure: isFailure !== 0 }
    if (came) came.push(letter)
    else tokens.set(token, [letter])
  }
  return tokens
}
