import type { Deploy } from '../../../queue/declaration.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

/** The versions of `workflow` that have been declared. */
export function deploysOf(db: Connection, workflow: string): readonly Deploy[] {
  return prepared<[string], Deploy>(
    db,
    'select deploy, fingerprint, declared_at as declaredAt from pw_deploys where workflow = ?',
  ).all(workflow)
}

/** The number of a version, in the transaction that is open; a new one gets one more than the highest. */
export function deployOf(
  db: Connection,
  { workflow, fingerprint, at }: { workflow: string; fingerprint: string; at: number },
): number {
  db.prepare(
    `insert into pw_deploys (workflow, fingerprint, deploy, declared_at)
     select @workflow, @fingerprint, coalesce(max(deploy), 0) + 1, @at from pw_deploys where workflow = @workflow
     on conflict do nothing`,
  ).run({ workflow, fingerprint, at })
  return db
    .prepare<[string, string], number>('select deploy from pw_deploys where workflow = ? and fingerprint = ?')
    .pluck()
    .get(workflow, fingerprint)!
}
