import type { Deploy } from '../../../queue/declaration.ts'
import type { Session } from '../server/database.ts'
import { canBeStored } from './can-be-stored.ts'

/** The versions of `workflow` that have been declared. */
export async function deploysOf({ rows }: Session, workflow: string): Promise<readonly Deploy[]> {
  if (!canBeStored(workflow)) return []
  return rows<Deploy>(
    'select deploy, fingerprint, declared_at as "declaredAt" from pw_deploys where workflow = $1',
    workflow,
  )
}
