import type { ClientBase } from 'pg'
import { InvalidError } from '../../../queue/errors.ts'
import { qualify } from '../server/qualify.ts'
import { Statements } from '../server/statements.ts'
import { withValues } from './with-values.ts'

/** What runs SQL in a transaction that a caller has begun. */
export interface Caller {
  /** What is the same for all that one connection, or one transaction, runs. */
  readonly key: object
  /** Runs one statement with rows. Our names in it get the schema. */
  rows<Row extends object>(sql: string, values: readonly unknown[]): Promise<readonly Row[]>
  /** Runs one statement as it stands. */
  do(sql: string): Promise<void>
}

/** A statement without parameters, run by a library of the caller's; resolves with its rows. */
type Run = (sql: string) => Promise<readonly object[]>

/**
 * What runs SQL in `transaction`: a client of the package `pg`, or a transaction of Drizzle, Kysely or Prisma, known by the functions that
 * it has. Throws an `InvalidError` for anything else.
 */
export function callerOf(transaction: unknown, schema: string): Caller {
  if (typeof transaction !== 'object' || transaction === null) throw new InvalidError(unknown)
  if (isPrisma(transaction)) return textCaller(transaction, schema, prisma(transaction))
  if (isKysely(transaction)) return textCaller(transaction, schema, kysely(transaction))
  if (isDrizzle(transaction)) {
    const { session } = transaction
    return isClient(session.client)
      ? clientCaller(session.client, schema)
      : textCaller(session, schema, drizzle(session))
  }
  if (isClient(transaction)) return clientCaller(transaction, schema)
  throw new InvalidError(unknown)
}

const refused = 'Nothing can enter in that transaction:'
const unknown = `${refused} it is no client of the package pg in a transaction, and no transaction of Drizzle, Kysely or Prisma.`
const pool = `${refused} it is a pool, which runs each statement on another connection; give the client that has begun the transaction.`

function isClient(found: unknown): found is ClientBase {
  if (!has(found, 'query')) return false
  if ('totalCount' in found && 'idleCount' in found) throw new InvalidError(pool)
  return true
}

// The caller's connection may have another pooler before it than ours, so nothing is prepared there.
function clientCaller(client: ClientBase, schema: string): Caller {
  const statements = new Statements(schema, false)
  return {
    key: client,
    rows: (sql, values) => statements.rows(client, sql, values),
    async do(sql) {
      await client.query(sql)
    },
  }
}

/*
 * Libraries differ in what they make of arrays and large numbers, so they are given texts alone, and asked for one text: the values are
 * in the statement, and its rows are JSON.
 */
function textCaller(key: object, schema: string, run: Run): Caller {
  return {
    key,
    async rows<Row extends object>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
      const text = withValues(qualify(schema, sql), values)
      if (!/^\s*(?:select|with)\b/i.test(text)) {
        await run(text)
        return []
      }
      const asJson = `select coalesce(json_agg(row_to_json(x)), '[]'::json)::text as rows from (${text}) x`
      const [found] = (await run(asJson)) as readonly { rows: string }[]
      return JSON.parse(found!.rows) as Row[]
    },
    async do(sql) {
      await run(sql)
    },
  }
}

/** https://www.prisma.io/docs/orm/prisma-client/using-raw-sql/raw-queries */
interface Prisma {
  $queryRawUnsafe(sql: string): Promise<readonly object[]>
  $executeRawUnsafe(sql: string): Promise<number>
}

function isPrisma(found: object): found is Prisma {
  return has(found, '$queryRawUnsafe') && has(found, '$executeRawUnsafe')
}

function prisma(transaction: Prisma): Run {
  return async (sql) => {
    if (/^\s*select\b/i.test(sql)) return transaction.$queryRawUnsafe(sql)
    await transaction.$executeRawUnsafe(sql)
    return []
  }
}

/** https://kysely-org.github.io/kysely-apidoc/classes/Transaction.html */
interface Kysely {
  executeQuery(query: object): Promise<{ readonly rows: readonly object[] }>
  withoutPlugins(): Kysely
}

function isKysely(found: object): found is Kysely {
  return has(found, 'executeQuery') && has(found, 'withoutPlugins')
}

function kysely(transaction: Kysely): Run {
  const plain = transaction.withoutPlugins()
  return async (sql) => {
    const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] }
    const queryId = { queryId: 'pipewright' }
    return (await plain.executeQuery({ sql, query, queryId, parameters: [] })).rows
  }
}

/** The session of a transaction of Drizzle: with node-postgres it has the client, else it runs statements. */
interface DrizzleSession {
  readonly client?: unknown
  prepareQuery(
    query: { readonly sql: string; readonly params: readonly unknown[] },
    fields: undefined,
    name: undefined,
    isInArrays: false,
  ): { execute(): Promise<readonly object[] | { readonly rows: readonly object[] }> }
}

function isDrizzle(found: object): found is { readonly session: DrizzleSession } {
  return has(found, 'execute') && 'session' in found && has(found.session, 'prepareQuery')
}

function drizzle(session: DrizzleSession): Run {
  return async (sql) => {
    const done = await session.prepareQuery({ sql, params: [] }, undefined, undefined, false).execute()
    return 'rows' in done ? done.rows : done
  }
}

// Prisma's transactions are proxies, of which not every name is listed.
function has<Name extends string>(
  found: unknown,
  name: Name,
): found is { readonly [N in Name]: (...given: never) => unknown } {
  return (
    typeof found === 'object' &&
    found !== null &&
    typeof (found as Record<string, unknown>)[name] === 'function'
  )
}
