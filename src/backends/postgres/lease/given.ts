import type { Fence } from '../../../queue/change.ts'
import type { Leased } from '../../../queue/rows.ts'
import { tokenOf } from '../tables/row.ts'

/** Those that no worker asks to have kept, such as claims of people, are forgotten when there are so many. */
const most = 10_000

/** The numbers of the tokens that were leased last: a worker that has them kept knows only their ids. */
export class Given {
  readonly #tokens = new Map<string, number>()

  /** Remembers what a lease from `queue` has given. */
  add(queue: string, rows: readonly Leased[]): void {
    for (const row of rows) {
      const token = tokenOf(row)
      if (token !== undefined) this.#tokens.set(placeOf({ ...row, queue }), token)
    }
    for (const place of this.#tokens.keys()) {
      if (this.#tokens.size <= most) return
      this.#tokens.delete(place)
    }
  }

  /** The number of the token of a lease, which is asked for once. */
  take(fence: Fence): number | undefined {
    const place = placeOf(fence)
    const token = this.#tokens.get(place)
    this.#tokens.delete(place)
    return token
  }
}

function placeOf({ queue, id, hop, lease }: Fence): string {
  return JSON.stringify([queue, id, hop, lease])
}
