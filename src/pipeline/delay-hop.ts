import type { Change } from '../queue/change.ts'
import { checkDelay } from '../queue/delay.ts'
import type { Wrapper } from './pipeline.ts'

/**
 * `changes`, with the push of token `id` among them delayed as a wrapper around `path` wants it for `state`, to which the push
 * leads. Of several wrappers that a hop leaves at once the longest delay counts. Throws an `InvalidError` for what is
 * no delay.
 */
export function delayHop(
  changes: readonly Change[],
  { delayMs }: Wrapper,
  { path, id, state }: { readonly path: string; readonly id: string; readonly state: unknown },
): readonly Change[] {
  if (delayMs === undefined) return changes
  const ms = typeof delayMs === 'number' ? delayMs : delayMs(state)
  checkDelay(ms, { queue: path, id })
  return changes.map((change) => {
    if (change.kind !== 'push' || change.token.id !== id || change.enter !== undefined) return change
    return { ...change, delayMs: Math.max(ms, change.delayMs ?? 0) }
  })
}
