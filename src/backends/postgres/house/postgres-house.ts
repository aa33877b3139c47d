import pg, { type Client } from 'pg'
import type { Move, Part, Source, Standing, Target } from '../../../move/house.ts'
import { Page } from '../../../move/page.ts'
import { refuseOther } from '../../../move/refuse-other.ts'
import { sayMoved, sayMoving } from '../../../move/say.ts'
import { type Key, type Table, type TableName, tables } from '../../../move/tables.ts'
import type { Clock } from '../../../queue/clock.ts'
import { BackendError } from '../../../queue/errors.ts'
import { type Plan, planMigration } from '../server/migrate.ts'
import { connectMs } from '../server/patience.ts'
import { literal, qualify, quoted } from '../server/qualify.ts'
import { sayFailure } from '../server/say-failure.ts'
import { turnHouse } from './closing.ts'
import { copyOut } from './copying.ts'
import {
  fillingStatements,
  numbersOf,
  openSchema,
  pagesOf,
  progressOf,
  settleSchema,
  transact,
  writePage,
} from './fill.ts'
import { razeSchema } from './raze.ts'
import { cellSql, keySql, literals, sizeSql, sourceOf } from './shapes.ts'
import { standingOf } from './state.ts'

/** Where a schema is. */
export interface HousePlace {
  /** Undefined where the `PG...` variables of the environment say which database. */
  readonly url: string | undefined
  readonly schema: string
  /** For sentences: without a password. */
  readonly where: string
  /** The clock of a test, in place of that of the database. */
  readonly clock?: Clock | undefined
}

/** A schema of a Postgres that is left, or filled. It is not made before it is founded. */
export function postgresHouse({ url, schema, where, clock }: HousePlace): Source & Target {
  let connecting: Promise<Client> | undefined
  const place = { schema, where }

  async function connect(): Promise<Client> {
    const client = new pg.Client({
      ...(url === undefined ? {} : { connectionString: url }),
      ...{ connectionTimeoutMillis: connectMs, keepAlive: true },
    })
    client.on('error', () => {})
    await client.connect()
    // Whatever is set for the role: numbers come as they are, and a page takes as long as it takes.
    await client.query(
      `set extra_float_digits = 1; set client_encoding = utf8; set statement_timeout = 0; set default_transaction_isolation = 'read committed'`,
    )
    return client
  }

  let last: Promise<unknown> = Promise.resolve()

  // One after the other: a transaction is made of several statements.
  async function asked<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const before = last
    const done = (async () => {
      await before.catch(() => {})
      try {
        connecting ??= connect()
        return await work(await connecting)
      } catch (error) {
        throw sayFailure(where, error)
      }
    })()
    last = done
    return done
  }

  async function planned(client: Client): Promise<Plan> {
    return planMigration(client, schema)
  }

  async function standing(client: Client): Promise<Standing> {
    const { from, to } = await planned(client)
    if (from === 0) return { is: 'absent' }
    if (from < to)
      throw new BackendError(
        `The database ${where} has the version ${from} of an older package (this one has ${to}); run \`pipewright migrate\` first. Nothing was changed.`,
      )
    return standingOf(client, schema)
  }

  function turn(move: Move, from: 'moving' | undefined, to: 'moving' | 'moved' | undefined): Promise<void> {
    const sentence = to === 'moving' ? sayMoving(where, move.partner) : sayMoved(where, move.partner)
    return asked((client) => turnHouse(client, { ...place, move, from, to, sentence }))
  }

  async function one(client: Client, sql: string): Promise<number | undefined> {
    const { rows } = await client.query<{ found: string | null }>(qualify(schema, sql))
    const found = rows[0]?.found
    return found === null || found === undefined ? undefined : Number(found)
  }

  return {
    where,
    holds: new Set<TableName>(tables.map(({ name }) => name).filter((name) => name !== 'inbox')),
    keepsNul: false,
    hasAnyNumber: false,
    standing: () => asked(standing),
    async clocks() {
      if (clock) return { now: Math.floor(clock.now()), elapsed: Math.floor(clock.elapsed()) }
      // Asked of the server itself: our function for it may not be there yet.
      const now = await asked((client) =>
        one(client, 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as found'),
      )
      return { now: now!, elapsed: now! }
    },
    read: (table, part) => asked((client) => readPage(client, schema, table, part)),
    count: (table) =>
      asked(async (client) => (await one(client, `select count(*) as found from ${sourceOf(table)} x`))!),
    close: (move) => turn(move, undefined, 'moving'),
    closeForGood: (move) => turn(move, 'moving', 'moved'),
    reopen: (move) => turn(move, 'moving', undefined),
    numbers: () => asked((client) => numbersOf(client, schema)),
    beginning: () =>
      asked((client) => one(client, 'select at as found from pw_history order by line limit 1')),
    found: (founding) =>
      asked(async (client) => {
        await client.query('begin')
        try {
          await client.query(`select pg_advisory_xact_lock(hashtext(${literal(`${schema}/migration`)}), 0)`)
          const { from, statements } = await planned(client)
          if (from !== 0) refuseOther(where, 'be made')
          for (const statement of [...statements, ...fillingStatements(schema, founding)])
            await client.query(statement)
          await client.query('commit')
        } catch (error) {
          await client.query('rollback').catch(() => {})
          throw error
        }
      }),
    shiftMs: () => asked(async (client) => (await one(client, 'select shift_ms as found from pw_house'))!),
    progress: () => asked((client) => progressOf(client, schema)),
    write: (move, page, before) =>
      asked((client) =>
        transact(client, { ...place, move, isHasty: true }, () => writePage(client, place, page, before)),
      ),
    pages: (table) => asked((client) => pagesOf(client, schema, table)),
    async settle(move, numbers) {
      await asked((client) =>
        transact(client, { ...place, move }, () => settleSchema(client, schema, numbers)),
      )
      // The first workers are to have plans for what is there.
      await asked((client) =>
        client.query(
          tables
            .filter(({ name }) => name !== 'inbox')
            .map(({ name }) => `analyze ${quoted(schema)}.pw_${name}`)
            .join(';'),
        ),
      )
    },
    checked: (move, { name }, hash) =>
      asked((client) =>
        transact(client, { ...place, move }, async () => {
          await client.query(
            qualify(schema, 'update pw_house_tables set hash = $1 where name = $2 and is_copied'),
            [hash, name],
          )
        }),
      ),
    open: (move) =>
      asked((client) => transact(client, { ...place, move }, () => openSchema(client, schema, move))),
    raze: (move) => asked((client) => transact(client, { ...place, move }, () => razeSchema(client, schema))),
    async end() {
      await last.catch(() => {})
      await connecting?.then((client) => client.end()).catch(() => {})
    },
  }
}

async function readPage(
  client: Client,
  schema: string,
  table: Table,
  { after, upTo, limit, bytes }: Part,
): Promise<Page> {
  const order = keySql(table).join(', ')
  const bound = (sign: string, key: Key) => `(${order}) ${sign} (${literals(key)})`
  const bounds = [...(after ? [bound('>', after)] : []), ...(upTo ? [bound('<=', upTo)] : [])]
  // Only our tables get the schema: a key may be a text that looks like one of their names.
  const from = qualify(schema, sourceOf(table))
  const rows = `select * from ${from} x where ${['true', ...bounds].join(' and ')} order by ${order} limit ${limit}`
  const sized = `select *, sum(row_bytes) over (order by ${order}) - row_bytes as bytes_before
    from (select *, ${sizeSql(table)} as row_bytes from (${rows}) r) s`
  const cells = table.columns.map(cellSql).join(', ')
  const page = `select ${cells} from (${sized}) t where bytes_before < ${bytes} order by ${order}`
  return Page.ofText(table, await copyOut(client, `copy (${page}) to stdout`))
}
