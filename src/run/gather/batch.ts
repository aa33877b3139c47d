import type { Change } from '../../queue/change.ts'
import { commitBytes, mostCommitBytes } from '../commit-bytes.ts'

const mostAtOnce = 500

/** Children that enter in one commit. */
export class Batch {
  readonly changes: Change[] = []
  count = 0
  #bytes = 0

  add(entry: readonly Change[]): void {
    this.changes.push(...entry)
    this.count++
    this.#bytes += commitBytes(entry)
  }

  get isFull(): boolean {
    return this.count >= mostAtOnce || this.#bytes >= mostCommitBytes
  }
}
