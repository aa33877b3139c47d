import type { Client } from 'pg'
import type { Move } from '../../../move/house.ts'
import { refuseOther } from '../../../move/refuse-other.ts'
import { BackendError } from '../../../queue/errors.ts'
import { allInboxes, tableOf } from '../inbox/inbox-rows.ts'
import { isTransient } from '../server/failures.ts'
import { literal, qualify, quoted } from '../server/qualify.ts'

const tables = [
  'queues',
  'names',
  'deploys',
  'ids',
  'tokens',
  'values',
  'history',
  'letters',
  'steps',
  'records',
]
const others = ['gates', 'holds', 'lanes', 'marks', 'texts', 'counts', 'meters']
/** The tables that take no more writes. `pw_turns` does: who has lost the answer to a commit asks there. */
const closed = [...tables, ...others].map((name) => `pw_${name}`)
/** Lines can also be deleted from a month by itself: for these a trigger of each row is on every month. */
const byRow = 'pw_history'

const lockMs = 2000
const patienceMs = 60_000

interface Turned {
  readonly schema: string
  readonly where: string
  readonly move: Move
  /** The states that it goes from and to; undefined for one that has to do with no move. */
  readonly from: 'moving' | undefined
  readonly to: 'moving' | 'moved' | undefined
  /** What writers are told from now on. */
  readonly sentence: string
}

/**
 * Takes a schema from one state to another, in one commit, while no other transaction writes: those that are open are waited for, a
 * minute at most.
 */
export async function turnHouse(client: Client, turned: Turned): Promise<void> {
  const until = performance.now() + patienceMs
  for (;;) {
    try {
      await client.query('begin isolation level read committed')
      await turnOnce(client, turned)
      await client.query('commit')
      return
    } catch (error) {
      await client.query('rollback').catch(() => {})
      // Another transaction was in the way.
      if (!isTransient(error) || performance.now() > until) throw error
    }
  }
}

async function turnOnce(client: Client, { schema, where, move, from, to, sentence }: Turned): Promise<void> {
  const run = (sql: string, values?: unknown[]) => client.query(qualify(schema, sql), values)
  await run(
    `set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local lock_timeout = ${lockMs};
     select pg_advisory_xact_lock(hashtext(${literal(`${schema}/registry`)}), 0)`,
  )
  const inboxes = (await allInboxes({ rows: async (sql) => (await run(sql)).rows })).map(({ name }) => name)
  if (from === undefined || to === undefined)
    await run(
      `lock table ${[...closed, ...inboxes.map((name) => tableOf(schema, name))].join(', ')} in share row exclusive mode`,
    )
  const { rows } = await run('select state, move from pw_house for update')
  const found = rows[0] as { state: string; move: string } | undefined
  const isOwn =
    from === undefined ? !found || found.state === 'open' : found?.state === from && found.move === move.move
  if (!isOwn) refuseOther(where, to === undefined ? 'be opened again' : 'be closed')
  if (to === undefined) {
    for (const table of [...closed, ...inboxes]) await dropTriggers(client, schema, table)
    await run('delete from pw_house')
  } else {
    if (from === undefined) {
      for (const name of inboxes) await refuseEntries(client, { schema, where, name })
      for (const table of [...closed, ...inboxes]) await makeTriggers(client, schema, table)
    }
    await run(
      `insert into pw_house (state, move, partner, sentence, at) values ($1, $2, $3, $4, pw_now())
         on conflict (one) do update set state = excluded.state, move = excluded.move, partner = excluded.partner,
           sentence = excluded.sentence, at = excluded.at`,
      [to, move.move, move.partner, sentence],
    )
  }
}

// They would stay behind.
async function refuseEntries(
  client: Client,
  { schema, where, name }: { readonly schema: string; readonly where: string; readonly name: string },
): Promise<void> {
  const { rows } = await client.query(`select from ${tableOf(schema, name)} limit 1`)
  if (rows.length > 0)
    throw new BackendError(
      `The rows in the inbox "${name}" of ${where} do not move with the queues: let a process of the workflow take them in, or delete them, and try again. Nothing was changed.`,
    )
}

async function makeTriggers(client: Client, schema: string, table: string): Promise<void> {
  const at = `${quoted(schema)}.${quoted(table)}`
  const refuse = `execute function ${quoted(schema)}.pw_refuse()`
  await client.query(
    `create trigger pw_closed before insert or update or delete on ${at} for each statement ${refuse}`,
  )
  if (table === byRow)
    await client.query(
      `create trigger pw_closed_row before insert or update or delete on ${at} for each row ${refuse}`,
    )
}

async function dropTriggers(client: Client, schema: string, table: string): Promise<void> {
  const at = `${quoted(schema)}.${quoted(table)}`
  for (const name of ['pw_closed', 'pw_closed_row'])
    await client.query(`drop trigger if exists ${name} on ${at}`)
}
