import { type GateCells, gateColumns, gateRecordOf } from '../../../queue/rules/gate-cells.ts'
import { gateKey } from './fetched.ts'
import type { Kinds } from './needs.ts'
import type { Reading } from './reading.ts'

/** Reads gates, and makes those that have to be there. */
export async function fetchGates(reading: Reading): Promise<void> {
  const { session, fetched, needs, lock } = reading
  const isUnread = ({ name, key }: Kinds['gate']) => !fetched.gateRefs.has(gateKey(name, key))
  const made = needs
    .of('newGate')
    .filter((need) => fetched.gateRefs.get(gateKey(need.name, need.key)) == null)
  const owing = needs.of('owing')
  const named = [...needs.of('gate').filter(isUnread), ...made]
  const refs = needs.of('gateRef').map(({ ref }) => ref)
  if (named.length + refs.length + owing.length === 0) return
  for (const { name } of owing) {
    const sql = "select ref from pw_gates where name = $1 and key <> '' and tat > $2"
    const found = await session.rows<{ ref: number }>(sql, name, session.moment.now)
    fetched.owing.set(
      name,
      found.map(({ ref }) => ref),
    )
    refs.push(...found.map(({ ref }) => ref))
  }
  for (const { name, key } of named) fetched.gateRefs.set(gateKey(name, key), null)
  await readGates(reading, named, refs)
  const lacking = made.filter(({ name, key }) => fetched.gateRefs.get(gateKey(name, key)) === null)
  if (lacking.length === 0) return
  await session.rows(
    'insert into pw_gates (name, key) select * from unnest($1::text[], $2::text[]) as g(name, key) order by name, key on conflict do nothing',
    lacking.map(({ name }) => name),
    lacking.map(({ key }) => key),
  )
  await readGates({ session, fetched, lock }, lacking, [])
}

/**
 * Reads in one go the gates at which `tokens` have paid: what leaves gives that back. Only those of zones that are for this transaction
 * alone: it changes no others, and should not wait for those who do.
 */
export async function fetchPaid(
  { session, fetched, hasZone }: Reading,
  tokens: readonly number[],
): Promise<void> {
  const gates = tokens.flatMap((token) => {
    const { at, stay } = fetched.tokens.get(token)!
    const queue = session.queues.of(at)
    const zone = queue && session.queues.zoneOf(queue)
    if (zone === undefined || !hasZone(zone)) return []
    return [...(stay.held?.paid ?? []), ...fetched.holds.get(token)!].map(({ gate }) => gate)
  })
  const refs = [...new Set(gates)].filter((ref) => !fetched.gates.has(ref))
  if (refs.length > 0) await readGates({ session, fetched, lock: 'for update nowait' }, [], refs)
}

async function readGates(
  { session, fetched, lock }: Pick<Reading, 'session' | 'fetched' | 'lock'>,
  named: readonly Kinds['gate'][],
  refs: readonly number[],
): Promise<void> {
  const rows = await session.rows<GateCells>(
    `select ${gateColumns} from pw_gates where ref = any(array(select g.ref from unnest($1::text[], $2::text[]) as n(name, key)
       join pw_gates g on g.name = n.name and g.key = n.key) || $3::bigint[]) order by ref ${lock}`,
    named.map(({ name }) => name),
    named.map(({ key }) => key),
    refs,
  )
  for (const row of rows) {
    fetched.gateRefs.set(gateKey(row.name, row.key), row.ref)
    fetched.gates.set(row.ref, gateRecordOf(row))
  }
}
