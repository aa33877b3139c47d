import type { Status } from '../../../queue/rows.ts'
import { statuses } from '../../../queue/status.ts'
import type { TokenState } from './token-state.ts'
import type { Undo } from './undo.ts'

type Sums = Record<Status | 'entered' | 'left', number>

type Placed = Pick<TokenState, 'at' | 'hop' | 'stay'>

/** How many messages have come to queues in a transaction, left them, or have another status. */
export class DraftCounts {
  readonly #undo: Undo
  readonly #byQueue = new Map<number, Sums>()

  constructor(undo: Undo) {
    this.#undo = undo
  }

  /** A token was so, and is so now. */
  move(before: Placed | undefined, after: Placed): void {
    // One that enters again where it is leaves it first.
    const isSame = before?.at === after.at && before?.hop === after.hop
    if (isSame && before?.stay.status === after.stay.status) return
    this.#change(before, -1, isSame)
    this.#change(after, 1, isSame)
  }

  /** So many ready messages of a queue were leased by a statement. */
  lease(queue: number, times: number): void {
    this.#add(queue, 'ready', -times)
    this.#add(queue, 'leased', times)
  }

  /** What is to be written. */
  document() {
    const counts = [...this.#byQueue]
      .filter(([, sums]) => Object.values(sums).some((sum) => sum !== 0))
      .map(([queue, sums]) => ({ queue, ...sums }))
      .sort((a, b) => a.queue - b.queue)
    return { counts }
  }

  #change(placed: Placed | undefined, by: 1 | -1, stays: boolean): void {
    if (placed?.at === undefined) return
    this.#add(placed.at, placed.stay.status, by)
    if (!stays) this.#add(placed.at, by > 0 ? 'entered' : 'left', 1)
  }

  #add(queue: number, what: keyof Sums, by: number): void {
    const sums = this.#byQueue.get(queue) ?? none()
    this.#byQueue.set(queue, sums)
    sums[what] += by
    this.#undo.add(() => {
      sums[what] -= by
    })
  }
}

function none(): Sums {
  return Object.fromEntries([...statuses, 'entered', 'left'].map((what) => [what, 0])) as Sums
}
