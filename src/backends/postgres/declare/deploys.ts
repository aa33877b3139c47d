import type { Deploy } from '../../../queue/declaration.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'

/** The versions of `workflow` that have been declared. */
export async function deploysOf(
  { rows }: { readonly rows: OpenTransaction['rows'] },
  workflow: string,
): Promise<readonly Deploy[]> {
  return rows<Deploy>(
    'select deploy, fingerprint, declared_at as "declaredAt" from pw_deploys where workflow = $1 order by deploy',
    workflow,
  )
}

/** The number of a version, in the transaction that is open; a new one gets one more than the highest. */
export async function deployOf(
  open: OpenTransaction,
  { workflow, fingerprint }: { readonly workflow: string; readonly fingerprint: string },
): Promise<number> {
  await open.rows(
    `insert into pw_deploys (workflow, fingerprint, deploy, declared_at)
       select $1, $2, coalesce(max(deploy), 0) + 1, $3 from pw_deploys where workflow = $1 on conflict do nothing`,
    workflow,
    fingerprint,
    open.moment.now,
  )
  const [found] = await open.rows<{ deploy: number }>(
    'select deploy from pw_deploys where workflow = $1 and fingerprint = $2',
    workflow,
    fingerprint,
  )
  return found!.deploy
}
