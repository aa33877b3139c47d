import type { JourneyLine } from '../../queue/journey.ts'
import type { Runtime } from '../runtime.ts'

// More than any limit that counts them.
const most = 50

/** What is needed to read them. */
export type History = Pick<Runtime, 'backend' | 'workflow'>

/**
 * The newest lines that the stay number `hop` of a token has left, oldest first; after a revival only those since. Lines of
 * tokens that have not left are never pruned, so these are all there.
 */
export async function stayLines(
  { backend, workflow }: History,
  { id, hop }: { readonly id: string; readonly hop: number },
): Promise<readonly JourneyLine[]> {
  const journey = await backend.journey(workflow, id, { limit: most })
  const lines = journey?.lines.filter((line) => line.hop === hop) ?? []
  return lines.slice(lines.findLastIndex(({ event }) => event === 'revived') + 1)
}
