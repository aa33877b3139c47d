import type { LeaseRequest } from '../../queue/backend.ts'
import type { Stay } from '../../queue/rules/stay.ts'
import { SortedList } from './sorted-list.ts'

/** What lanes know of a message. */
interface Waiting {
  readonly token: number
  readonly id: string
  readonly key: string
  readonly priority: number
  readonly stay: Pick<Stay, 'suspect'>
}

interface Lane<Record> {
  readonly key: string
  readonly ready: SortedList<Record>
  /** Where it is in the line: the smallest is next. */
  turn: number
}

/** What became of a message that was offered. */
type Answer = 'leased' | 'passed over'

/**
 * The ready messages of a queue, by their keys. The lanes of the keys take turns: one that was leased from, or was empty, goes to
 * the end of the line; within a lane a better priority is first, then age, and across lanes a better priority too.
 */
export class Lanes<Record extends Waiting> {
  readonly #byKey = new Map<string, Lane<Record>>()
  #turns = 0

  add(record: Record): void {
    const lane = this.#byKey.get(record.key) ?? {
      key: record.key,
      ready: new SortedList<Record>(byTurn),
      turn: ++this.#turns,
    }
    this.#byKey.set(record.key, lane)
    lane.ready.add(record)
  }

  remove(record: Record): void {
    const lane = this.#byKey.get(record.key)
    lane?.ready.remove(record)
    if (lane && !lane.ready.first) this.#byKey.delete(record.key)
  }

  /** The message whose turn it is in each lane, the first lane at the front. */
  get firsts(): readonly Record[] {
    return [...this.#byKey.values()]
      .sort((a, b) => rank(a.ready.first!, b.ready.first!) || a.turn - b.turn)
      .map(({ ready }) => ready.first!)
  }

  /** Goes through what `request` may lease of those that match, in its order; each is answered by what became of it. */
  *inTurn(
    { ids, key, suspects = 'include' }: LeaseRequest,
    matches: (record: Record) => boolean,
  ): Generator<Record, void, Answer> {
    const wanted = ids && new Set(ids)
    const fits = (record: Record) =>
      (suspects === 'include' || record.stay.suspect === (suspects === 'only')) &&
      (key === undefined || record.key === key) &&
      (!wanted || wanted.has(record.id)) &&
      matches(record)
    const next = new Map<Lane<Record>, Next<Record>>()
    const advance = (lane: Lane<Record>, from: number) => {
      const { all } = lane.ready
      let at = from
      while (at < all.length && !fits(all[at]!)) at++
      const record = all[at]
      if (record) next.set(lane, { at, record })
      else next.delete(lane)
    }
    for (const lane of this.#byKey.values()) advance(lane, 0)
    for (;;) {
      const lane = firstOf(next)
      if (!lane) return
      const { at, record } = next.get(lane)!
      const answer = yield record
      if (answer === 'leased') lane.turn = ++this.#turns
      advance(lane, at + 1)
    }
  }
}

interface Next<Record> {
  /** Its place in the lane. */
  readonly at: number
  readonly record: Record
}

function firstOf<Record extends Waiting>(
  next: ReadonlyMap<Lane<Record>, Next<Record>>,
): Lane<Record> | undefined {
  let first: Lane<Record> | undefined
  for (const [lane, { record }] of next) {
    const order = first ? rank(record, next.get(first)!.record) || lane.turn - first.turn : -1
    if (order < 0) first = lane
  }
  return first
}

function rank(a: Waiting, b: Waiting): number {
  return Number(a.stay.suspect) - Number(b.stay.suspect) || a.priority - b.priority
}

function byTurn(a: Waiting, b: Waiting): number {
  return rank(a, b) || a.token - b.token
}
