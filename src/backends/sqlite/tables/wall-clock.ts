import type { Moment } from '../../../queue/lapse.ts'
import type { Connection } from '../file/connection.ts'

const mostDriftMs = 1000

/**
 * How far the wall clock is ahead of the clock that leases count, kept in the file, so that the views can show when a
 * lease ends. It changes when the machine is started again, or its clock is set.
 */
export class WallClock {
  readonly #keep

  constructor(db: Connection) {
    this.#keep = db.prepare<[{ ahead: number }]>(
      `update pw_clock set ahead = @ahead where ahead is null or abs(ahead - @ahead) > ${mostDriftMs}`,
    )
  }

  /** Keeps it, in the transaction that is open. */
  keep({ now, elapsed }: Moment): void {
    this.#keep.run({ ahead: now - elapsed })
  }
}
