import { parseText } from '../../../queue/parse-text.ts'
import { idKey } from './draft.ts'
import { type Kind, type Kinds, needKey } from './needs.ts'
import type { Reading } from './reading.ts'
import { stateOf, type TokenCells, tokenCells } from './token-cells.ts'

/** Reads tokens; resolves with the numbers of those that were not known. */
export async function fetchTokens(reading: Reading): Promise<readonly number[]> {
  const { session, fetched, needs, lock } = reading
  const more = await findTokens(reading)
  const ids = needs.of('id').filter(({ workflow, id }) => !fetched.ids.has(idKey(workflow, id)))
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
  for (const { workflow, id } of ids) fetched.ids.set(idKey(workflow, id), null)
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
