import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { Database } from '../../../src/backends/postgres/server/database.ts'
import type { Chore } from '../../../src/backends/postgres/upkeep/chore.ts'
import { choresOf } from '../../../src/backends/postgres/upkeep/chores.ts'
import { Upkeep } from '../../../src/backends/postgres/upkeep/upkeep.ts'
import { postgresUrl, sql } from '../../postgres/schemas.ts'
import { openShop, order } from './shop.ts'

const day = 86_400_000
const request = { owner: 'w', leaseMs: 60_000, timeoutMs: 60_000 }

/** A shop, and an upkeep of it that has nothing to wait for. */
async function keptShop(days: { historyDays?: number; valuesDays?: number } = {}) {
  const shop = await openShop()
  const { schema } = shop
  const pool = new pg.Pool({ connectionString: postgresUrl() })
  const database = new Database({
    ...{ pool, schema: schema.name, clock: undefined, where: 'here', isOwn: true, prepares: true },
  })
  const notices: string[] = []
  const warnings: string[] = []
  const upkeep = new Upkeep({
    database,
    chores: choresOf({ historyDays: undefined, valuesDays: undefined, where: 'here', ...days }),
    warn: (message) => warnings.push(message),
    notice: (message) => notices.push(message),
  })
  onTestFinished(async () => {
    await upkeep.close()
    await database.close()
    expect(warnings).toEqual([])
  })
  const at = (text: string) => text.replaceAll(/\bpw_/g, `${schema.name}.pw_`)
  const ask = <Row extends object>(text: string, values?: unknown[]) => sql<Row>(at(text), values)
  return {
    ...shop,
    database,
    notices,
    warnings,
    ask,
    /** Does all that would ever be due. */
    async keep() {
      await ask('update pw_upkeep set due = 0')
      await upkeep.run()
    },
    async count(table: string) {
      const [found] = await ask<{ count: number }>(`select count(*)::integer as count from ${table}`)
      return found!.count
    },
  }
}

test('counts are right after an edit by hand, and in few rows', async () => {
  const { queues, backend, keep, ask, connect } = await keptShop()
  for (const id of ['a', 'b', 'c']) await queues.input.push(id, order())
  const client = await connect('begin')
  await queues.input.push('d', order(), { in: client })
  await client.query('commit')
  await ask(`update pw_tokens set status = 'dead' where id = 'a'`)
  await ask(`update pw_counts set waiting = waiting + 7`)
  await ask('update pw_turns set at = 0')
  await keep()
  await keep()
  expect(await backend.count('shop/main')).toMatchObject([{ ready: 3, dead: 1, leased: 0, waiting: 0 }])
  const rows = await ask<{ slot: number; entered: string }>(
    'select slot, entered from pw_counts where ready > 0',
  )
  expect(rows).toEqual([{ slot: 64, entered: '4' }])
})

test('a recount while others work loses and adds nothing', async () => {
  const { queues, backend, keep } = await keptShop()
  const pushes = Promise.all(Array.from({ length: 60 }, (_, n) => queues.input.push(`t${n}`, order())))
  for (let n = 0; n < 5; n++) await keep()
  await pushes
  await keep()
  expect(await backend.count('shop/main')).toMatchObject([{ ready: 60 }])
})

test('what is of stays that have ended is dropped, and what is of others stays', async () => {
  const { queues, backend, ask, keep, count } = await keptShop()
  for (const id of ['over', 'here']) await queues.input.push(id, order())
  await ask(
    `insert into pw_marks (token, hop, queue, mark, text) select token, h, queue, 'm', 'x' from pw_tokens, generate_series(1, 2) h`,
  )
  await ask(`insert into pw_texts (token, hop, queue, words) select token, 1, queue, '{x}' from pw_tokens`)
  await ask(
    `insert into pw_letters (token, hop, name, at) select token, h, 'l', 0 from pw_tokens, generate_series(0, 2) h`,
  )
  await ask(
    `insert into pw_steps (token, hop, path, kind, name, deploy, at) select token, h, 'p', 'k', 'n', 1, 0 from pw_tokens, generate_series(1, 2) h`,
  )
  await ask(
    `insert into pw_records (workflow, token, hop, key, rev) select 'shop', token, h, 'k', token from pw_tokens, generate_series(0, 2) h`,
  )
  await ask(
    `insert into pw_records (workflow, key, rev, until) values ('shop', 'old', 1, 5), ('shop', 'young', 1, $1)`,
    [Date.now()],
  )
  await backend.commit([{ kind: 'take', event: 'cancelled', queue: 'shop/main', id: 'over', actor: 'ann' }])
  await keep()
  const all = ['pw_marks', 'pw_texts', 'pw_letters', 'pw_steps', 'pw_records']
  const left = Object.fromEntries(await Promise.all(all.map(async (table) => [table, await count(table)])))
  // Records that are of no stay go with nothing but their time.
  expect(left).toEqual({ pw_marks: 1, pw_texts: 1, pw_letters: 2, pw_steps: 1, pw_records: 4 })
})

test('meters of two days ago are of hours, and those of 90 days ago are gone', async () => {
  const { ask, keep } = await keptShop()
  const hour = 3_600_000
  const old = Math.floor((Date.now() - 3 * day) / hour) * hour
  const insert = `insert into pw_meters values ($1, $2, 1, 0, 1, 2, 3, $3, 4, '{}', 5)`
  await ask(insert, [60_000, old, [1]])
  await ask(insert, [60_000, old + 60_000, [1, 2]])
  await ask(insert, [60_000, old + hour, [7]])
  await ask(insert, [3_600_000, old, [1, 1, 1]])
  await ask(insert, [3_600_000, old - 90 * day, [1]])
  await ask(insert, [60_000, Date.now(), [1]])
  await keep()
  const rows = await ask(
    'select ms, (at - $1)::integer as at, entered::integer, age::integer[], work, age_ms from pw_meters order by ms, at',
    [old],
  )
  expect(rows).toMatchObject([
    { ms: 60_000, entered: 1 },
    { ms: 3_600_000, at: 0, entered: 3, age: [3, 3, 1], work: [], age_ms: 12 },
    { ms: 3_600_000, at: hour, entered: 1, age: [7] },
  ])
})

/** A shop in which `done` has left long ago and `here` has not. */
async function oldShop(days: { historyDays?: number; valuesDays?: number }) {
  const shop = await keptShop(days)
  const { queues, backend, ask } = shop
  for (const id of ['done', 'here']) await queues.input.push(id, order())
  await backend.lease('shop/main', { ...request, ids: ['done'] })
  await backend.commit([{ kind: 'take', event: 'cancelled', queue: 'shop/main', id: 'done', actor: 'ann' }])
  await ask('delete from pw_values')
  await ask(
    `insert into pw_values (token, hop, value) select distinct token, hop, '1' from pw_history where token > 0`,
  )
  await ask('update pw_history set at = at - $1', [200 * day])
  const ids = async () =>
    (
      await ask<{ id: string }>('select t.id from pw_history h join pw_tokens t using (token) order by line')
    ).map(({ id }) => id)
  return { ...shop, ids }
}

test('old lines of tokens that have left are deleted with their values, and those of others are kept', async () => {
  const { keep, ids, notices, count, ask } = await oldShop({ historyDays: 90 })
  const lines = await ids()
  expect(lines).toContain('done')
  await keep()
  expect(await ids()).toEqual(['here'])
  expect(await ask('select t.id from pw_values join pw_tokens t using (token)')).toEqual([{ id: 'here' }])
  expect(notices).toEqual([`Deleted ${lines.length - 1} lines of the history of here, older than 90 days.`])
  await keep()
  expect(await count('pw_history')).toBe(1)
  expect(notices).toHaveLength(1)
})

test('values alone are deleted, and the lines kept', async () => {
  const { keep, ids, notices, count } = await oldShop({ valuesDays: 90 })
  const lines = await ids()
  await keep()
  expect([await ids(), await count('pw_values')]).toEqual([lines, 1])
  expect(notices).toEqual(['Deleted the values of 1 stay in the history of here, older than 90 days.'])
})

test('a month of which nothing is to be kept goes as a whole', async () => {
  const { keep, ids, notices, ask, count, schema } = await oldShop({ historyDays: 90 })
  const month = new Date(Date.now() - 400 * day)
  const from = Date.UTC(month.getUTCFullYear(), month.getUTCMonth())
  const to = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1)
  const name = `pw_history_${month.toISOString().slice(0, 7).replace('-', '_')}`
  await ask(`create table ${name} partition of pw_history for values from (${from}) to (${to})`)
  await ask(
    `insert into pw_history (at, token, hop, queue, event) select $1::bigint + n, token, 1, 1, 'noted' from pw_tokens, generate_series(1, 1200) n
       where id = 'done'`,
    [from],
  )
  expect(await count(name)).toBe(1200)
  const before = (await ids()).length
  await keep()
  expect(await sql(`select to_regclass('${schema.name}.${name}') as found`)).toEqual([{ found: null }])
  expect(await ids()).toEqual(['here'])
  expect(notices).toEqual([`Deleted ${before - 1} lines of the history of here, older than 90 days.`])
})

test('there is a part of the history for this month and the next two', async () => {
  const { keep, ask, queues, count, schema } = await keptShop()
  const names = async () =>
    (
      await ask<{ name: string }>(
        `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'pw_history'::regclass order by 1`,
      )
    ).map(({ name }) => name)
  const all = await names()
  expect(all).toHaveLength(4)
  await ask(`drop table ${all[2]}`)
  await keep()
  expect(await names()).toEqual(all)
  await queues.input.push('a', order())
  expect([await count(all[0]!), await count('pw_history_rest')]).toEqual([1, 0])
  // A month of which there are lines among those of none is not made.
  await ask(`drop table ${all[1]}`)
  const [, year, number] = /(\d{4})_(\d\d)$/.exec(all[1]!)!
  const later = Date.UTC(Number(year), Number(number) - 1, 3)
  await ask('insert into pw_history (at, token, hop, queue, event) values ($1, 0, 0, 1, $2)', [
    later,
    'noted',
  ])
  await keep()
  expect(await names()).toEqual(all.filter((name) => name !== all[1]))
  await ask('truncate pw_history')
  await keep()
  expect(await names()).toEqual(all)
  expect(schema.name).toBeTruthy()
})

test('one process at a time does it, and each chore is due for all of them at once', async () => {
  const { keep, ask, connect, schema } = await keptShop()
  await keep()
  const due = await ask<{ chore: string; due: string }>('select chore, due from pw_upkeep')
  expect(due.length).toBeGreaterThan(8)
  expect(due.every((each) => Number(each.due) > Date.now() + 30_000)).toBe(true)
  const other = await connect('begin')
  await other.query(`select pg_advisory_xact_lock(hashtext('${schema.name}/upkeep'), 0)`)
  await keep()
  expect(await ask('select distinct due from pw_upkeep')).toEqual([{ due: '0' }])
  await other.query('rollback')
})

test('one is told when many lines of the history are of no month', async () => {
  const { ask, keep, warnings } = await keptShop()
  await keep()
  expect(warnings).toEqual([])
  await ask(`alter table pw_history_rest alter column reason set storage plain`)
  await ask(
    `insert into pw_history (at, token, hop, queue, event, reason) select n, n, 1, 1, 'commented', repeat('x', 7900) from generate_series(1, 8400) n`,
  )
  await keep()
  expect(warnings.splice(0)).toEqual([
    expect.stringMatching(
      /^The history of here has 6\d MB of lines in pw_history_rest, which are of no month/,
    ),
  ])
  await ask('truncate pw_history_rest')
  await ask(`alter table pw_history_rest alter column reason set storage extended`)
})

test('a process that is stopped in the midst of a chore does not keep what it has locked', async () => {
  const { database } = await keptShop()
  let limits: object = {}
  const chore: Chore = {
    name: 'looks at its limits',
    restMs: 60_000,
    async step({ rows }) {
      const [found] = await rows<object>(
        `select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('statement_timeout') as statement`,
      )
      limits = found!
      return { isOver: true }
    },
  }
  const upkeep = new Upkeep({ database, chores: [chore], warn: () => {}, notice: () => {} })
  await upkeep.run()
  await upkeep.close()
  expect(limits).toEqual({ idle: '30s', statement: '10min' })
  expect(
    await database.read(({ rows }) =>
      rows(`select current_setting('idle_in_transaction_session_timeout') as idle`),
    ),
  ).toEqual([{ idle: '30s' }])
})
