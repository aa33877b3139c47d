import { parseText } from '../../../queue/parse-text.ts'
import { type GateCells, gateColumns, gateRecordOf } from '../../../queue/rules/gate-cells.ts'
import type { Session } from '../server/database.ts'
import { idKey } from './draft.ts'
import { type Fetched, gateKey, letterKey } from './fetched.ts'
import { type Kind, type Kinds, type Needs, needKey } from './needs.ts'
import { stateOf, type TokenCells, tokenCells } from './token-state.ts'

/*
 * Reads what a transaction needs, and locks what others might change, in one order everywhere, so that no two transactions wait for
 * each other: gates by number, lanes by number, tokens by number, records. What is needed later, when something of these is locked
 * already, is locked only if that is possible at once; else the transaction begins again, with all needs that are known by then.
 */

/** Reads `needs` into `fetched`. With `isLater` nothing waits for a lock. */
export async function fetch(
  session: Pick<Session, 'rows' | 'moment' | 'queues'>,
  fetched: Fetched,
  needs: Needs,
  isLater: boolean,
): Promise<void> {
  const reading = { session, fetched, needs, lock: isLater ? 'for update nowait' : 'for update' }
  await drawNumbers(reading)
  await fetchGates(reading)
  await fetchLanes(reading)
  await fetchPaid(reading, await fetchTokens(reading, await findTokens(reading)))
  await fetchRecords(reading)
  await fetchBoxes(reading)
}

interface Reading {
  readonly session: Pick<Session, 'rows' | 'moment' | 'queues'>
  readonly fetched: Fetched
  readonly needs: Needs
  readonly lock: string
}

async function drawNumbers({ session, fetched, needs }: Reading): Promise<void> {
  for (const [of, sequence] of [
    ['tokens', 'pw_token_numbers'],
    ['revisions', 'pw_revisions'],
  ] as const) {
    const count = needs.drawn[of]
    if (count === 0) continue
    const sql = `select nextval('${sequence}') as number from generate_series(1, $1::integer)`
    for (const { number } of await session.rows<{ number: number }>(sql, count))
      fetched.drawn[of].push(number)
  }
}

async function fetchGates(reading: Reading): Promise<void> {
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

async function fetchLanes({ session, fetched, needs }: Reading): Promise<void> {
  const wanted = needs.of('lane')
  if (wanted.length === 0) return
  const queues = wanted.map(({ queue }) => queue)
  for (const queue of new Set(queues)) await beginKeys(session, queue)
  const keys = wanted.map(({ key }) => key)
  const find = () =>
    session.rows<{ queue: number; key: string; ref: number }>(
      `select l.queue, l.key, l.ref from unnest($1::integer[], $2::text[]) as n(queue, key)
         join pw_lanes l on l.queue = n.queue and l.key = n.key`,
      queues,
      keys,
    )
  let rows = await find()
  if (rows.length < wanted.length) {
    await session.rows(
      `insert into pw_lanes (queue, key, idle, turn) select n.queue, n.key, true, nextval('pw_turns_of_lanes')
         from unnest($1::integer[], $2::text[]) as n(queue, key)
         where not exists (select from pw_lanes l where l.queue = n.queue and l.key = n.key) order by n.queue, n.key
         on conflict do nothing`,
      queues,
      keys,
    )
    rows = await find()
  }
  const found = new Map(rows.map((row) => [needKey({ queue: row.queue, key: row.key }), row.ref]))
  for (const each of wanted) {
    const ref = found.get(needKey(each))
    // Another transaction has made it meanwhile: it is found when this one begins again.
    if (ref === undefined) await session.rows(`select pw_again()`)
    else fetched.lanes.set(needKey(each), ref)
  }
}

// What is in a queue without a key is a lane too, from when the first message with one comes.
async function beginKeys(session: Reading['session'], ref: number): Promise<void> {
  const queue = session.queues.of(ref)
  if (!queue || queue.keyed) return
  await session.rows('update pw_queues set keyed = true where ref = $1', ref)
  await session.rows('update pw_meta set registry = registry + 1')
  await session.rows(
    `insert into pw_lanes (queue, key, turn, priority, suspects) select $1, '', nextval('pw_turns_of_lanes'),
       coalesce((select min(priority) from pw_tokens where queue = $1 and status = 'ready'), 0), true on conflict do nothing`,
    ref,
  )
  ;(queue as { keyed: boolean }).keyed = true
}

// Those that are asked for by what they are.
async function findTokens({ session, fetched, needs }: Reading): Promise<readonly number[]> {
  const found: number[] = []
  const each = async <K extends 'debtors' | 'dead' | 'leased'>(
    kind: K,
    find: (need: Kinds[K]) => Promise<readonly number[]>,
    keep: (need: Kinds[K], tokens: readonly number[]) => void,
  ) => {
    for (const need of needs.of<Kind & K>(kind)) {
      const tokens = await find(need as Kinds[K])
      keep(need as Kinds[K], tokens)
      found.push(...tokens)
    }
  }
  const numbers = (rows: readonly { token: number }[]) => rows.map(({ token }) => token)
  await each(
    'debtors',
    async ({ workflow, parent, after, limit }) =>
      numbers(
        await session.rows<{ token: number }>(
          `select token from pw_tokens where workflow = $1 and parent = $2 and reply is not null and queue is not null and token > $3
             order by token limit $4`,
          workflow,
          parent,
          after,
          limit,
        ),
      ),
    (need, tokens) => fetched.debtors.set(needKey(need), tokens),
  )
  await each(
    'dead',
    async ({ workflow, parent, hop, names }) => {
      const rows = await session.rows<{ token: number; reply: string }>(
        `select token, reply from pw_tokens where workflow = $1 and parent = $2 and reply is not null and status = 'dead' order by token`,
        workflow,
        parent,
      )
      const owed = rows.filter(({ reply }) => {
        const to = parseText<{ hop: number; name: string }>(reply)
        return to?.hop === hop && names.includes(to.name)
      })
      return numbers(owed.slice(0, 1))
    },
    (need, tokens) => fetched.dead.set(needKey(need), tokens),
  )
  await each(
    'leased',
    async ({ queue }) =>
      numbers(
        await session.rows<{ token: number }>(
          `select token from pw_tokens where queue = $1 and status = 'leased'`,
          queue,
        ),
      ),
    ({ queue }, tokens) => fetched.leased.set(queue, tokens),
  )
  return found
}

// Resolves with the tokens.
async function fetchTokens(
  { session, fetched, needs, lock }: Reading,
  more: readonly number[],
): Promise<readonly number[]> {
  const ids = needs.of('id')
  const numbers = [...more, ...needs.of('token').map(({ token }) => token)].filter(
    (token) => !fetched.tokens.has(token),
  )
  if (ids.length + numbers.length === 0) return []
  const rows = await session.rows<TokenCells>(
    `select ${tokenCells} from pw_tokens t where t.token = any(array(select i.token from unnest($1::text[], $2::text[]) as n(workflow, id)
       join pw_ids i on i.workflow = n.workflow and i.id = n.id) || $3::bigint[]) order by t.token ${lock.replace('update', 'update of t')}`,
    ids.map(({ workflow }) => workflow),
    ids.map(({ id }) => id),
    numbers,
  )
  for (const { workflow, id } of ids) {
    const key = idKey(workflow, id)
    if (!fetched.ids.has(key)) fetched.ids.set(key, null)
  }
  for (const cells of rows) {
    fetched.ids.set(idKey(cells.workflow, cells.id), cells.token)
    fetched.tokens.set(cells.token, stateOf(cells))
    fetched.holds.set(cells.token, [])
  }
  const found = rows.map(({ token }) => token)
  if (!session.queues.all.some(({ holding }) => holding)) return found
  const holds = await session.rows<{ token: number; gate: number; units: number }>(
    'select token, gate, units from pw_holds where token = any($1::bigint[]) order by token, gate',
    found,
  )
  for (const { token, gate, units } of holds)
    fetched.holds.set(token, [...(fetched.holds.get(token) ?? []), { gate, units }])
  return found
}

// What leaves gives back what it has paid: the gates of all are read in one go. Tokens are locked already, so nothing waits here.
async function fetchPaid({ session, fetched }: Reading, tokens: readonly number[]): Promise<void> {
  const gates = tokens.flatMap((token) => {
    const paid = fetched.tokens.get(token)!.stay.held?.paid ?? []
    return [...paid, ...fetched.holds.get(token)!].map(({ gate }) => gate)
  })
  const refs = [...new Set(gates)].filter((ref) => !fetched.gates.has(ref))
  if (refs.length > 0) await readGates({ session, fetched, lock: 'for update nowait' }, [], refs)
}

async function fetchRecords({ session, fetched, needs, lock }: Reading): Promise<void> {
  const places = needs.of('record')
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
  for (const place of places) fetched.records.set(needKey(place), null)
  for (const { workflow, token, hop, key, rev, value, until } of rows) {
    if (until !== null && until <= session.moment.now) continue
    fetched.records.set(needKey({ workflow, token, hop, key }), { rev, value: value ?? undefined })
  }
}

async function fetchBoxes({ session, fetched, needs }: Reading): Promise<void> {
  const keys = needs.of('key')
  if (keys.length > 0) {
    const rows = await session.rows<{ token: number; hop: number; name: string; key: string }>(
      `select l.token, l.hop, l.name, l.key from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[]) as n(token, hop, name, key)
         join pw_letters l on l.token = n.token and l.hop = n.hop and l.name = n.name and l.key = n.key`,
      keys.map(({ token }) => token),
      keys.map(({ hop }) => hop),
      keys.map(({ name }) => name),
      keys.map(({ key }) => key),
    )
    for (const key of keys) fetched.keys.set(needKey(key), false)
    for (const { token, hop, name, key } of rows) fetched.keys.set(needKey({ token, hop, name, key }), true)
  }
  for (const count of needs.of('count')) {
    const rows = await session.rows<{ name: string; letters: number; failures: number }>(
      `select name, count(*) as letters, count(failure) as failures from pw_letters
         where token = $1 and not read and hop in (0, $2) and name = any($3::text[]) group by name`,
      count.token,
      count.hop,
      count.names,
    )
    fetched.counts.set(
      needKey(count),
      new Map(rows.map(({ name, letters, failures }) => [name, { letters, failures }])),
    )
  }
  for (const { token, seqs } of needs.of('letter')) {
    const rows = await session.rows<{ seq: number; name: string; hop: number; failed: boolean }>(
      `select seq, name, hop, failure is not null as failed from pw_letters where seq = any($2::bigint[]) and token = $1 and not read`,
      token,
      seqs,
    )
    for (const seq of seqs) fetched.letters.set(letterKey(token, seq), null)
    for (const { seq, name, hop, failed } of rows)
      fetched.letters.set(letterKey(token, seq), { name, hop, isFailure: failed })
  }
  const steps = needs.of('step')
  if (steps.length === 0) return
  const rows = await session.rows<{ token: number; hop: number; path: string }>(
    `select s.token, s.hop, s.path from unnest($1::bigint[], $2::integer[], $3::text[]) as n(token, hop, path)
       join pw_steps s on s.token = n.token and s.hop = n.hop and s.path = n.path`,
    steps.map(({ token }) => token),
    steps.map(({ hop }) => hop),
    steps.map(({ path }) => path),
  )
  for (const step of steps) fetched.steps.set(needKey(step), false)
  for (const { token, hop, path } of rows) fetched.steps.set(needKey({ token, hop, path }), true)
}
