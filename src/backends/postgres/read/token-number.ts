import type { Session } from '../server/database.ts'
import { canBeStored } from './can-be-stored.ts'

/** The number of a token; undefined if it has never entered. */
export async function tokenNumber(
  { rows }: Pick<Session, 'rows'>,
  workflow: string,
  id: string,
): Promise<number | undefined> {
  if (!canBeStored(workflow) || !canBeStored(id)) return undefined
  const [found] = await rows<{ token: number }>(
    'select token from pw_ids where workflow = $1 and id = $2',
    workflow,
    id,
  )
  return found?.token
}
