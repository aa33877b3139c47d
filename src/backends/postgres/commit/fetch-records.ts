import { needKey } from './needs.ts'
import type { Reading } from './reading.ts'

/** Reads records. */
export async function fetchRecords({ session, fetched, needs, lock }: Reading): Promise<void> {
  const places = needs.of('record').filter((place) => !fetched.records.has(needKey(place)))
  if (places.length === 0) return
  const rows = await session.rows<{
    workflow: string
    token: number
    hop: number
    key: string
    rev: number
    value: string | null
    until: number | null
  }>(
    `select r.workflow, r.token, r.hop, r.key, r.rev, r.value, r.until from unnest($1::text[], $2::bigint[], $3::integer[], $4::text[]) as n(workflow, token, hop, key)
       join pw_records r on r.workflow = n.workflow and r.token = n.token and r.hop = n.hop and r.key = n.key
       order by r.workflow, r.token, r.hop, r.key ${lock.replace('update', 'update of r')}`,
    places.map(({ workflow }) => workflow),
    places.map(({ token }) => token),
    places.map(({ hop }) => hop),
    places.map(({ key }) => key),
  )
  for (const place of places) {
    fetched.records.set(needKey(place), null)
    fetched.rowless.add(needKey(place))
  }
  for (const { workflow, token, hop, key, rev, value, until } of rows) {
    fetched.rowless.delete(needKey({ workflow, token, hop, key }))
    if (until !== null && until <= session.moment.now) continue
    fetched.records.set(needKey({ workflow, token, hop, key }), { rev, value: value ?? undefined })
  }
}
