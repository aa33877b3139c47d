import type { Change } from '../../queue/change.ts'

const mostAtOnce = 500
const mostBytes = 2 ** 22

/** Children that enter in one commit. */
export class Batch {
  readonly changes: Change[] = []
  count = 0
  #bytes = 0

  add(entry: readonly Change[]): void {
    this.changes.push(...entry)
    this.count++
    for (const change of entry)
      if (change.kind === 'push') this.#bytes += JSON.stringify(change.value)?.length ?? 0
  }

  get isFull(): boolean {
    return this.count >= mostAtOnce || this.#bytes >= mostBytes
  }
}
