import type pg from 'pg'

/*
 * Transactions of query builders, as far as their documentation says how one runs SQL of one's own. Their own packages are too large
 * for tests of a few lines.
 */

/** Of Kysely: `executeQuery` of a compiled query. */
export function kyselyOf(client: pg.Client): object {
  const own = {
    withoutPlugins: () => own,
    executeQuery: async ({ sql, parameters }: { sql: string; parameters: unknown[] }) => ({
      rows: (await client.query(sql, parameters)).rows,
    }),
  }
  return own
}

/** Of Drizzle: the session has the client of node-postgres, or else that of another driver. */
export function drizzleOf(client: pg.Client, isNodePostgres: boolean): object {
  return {
    query: {},
    execute() {},
    session: {
      client: isNodePostgres ? client : () => {},
      prepareQuery: ({ sql, params }: { sql: string; params: unknown[] }) => ({
        execute: async () => (await client.query(sql, params)).rows,
      }),
    },
  }
}

/** Of Prisma: rows of a query, or a number of rows; an error has its own code, and that of Postgres beside it. */
export function prismaOf(client: pg.Client): object {
  const run = async (sql: string) => {
    try {
      return await client.query(sql)
    } catch (error) {
      const { message, code } = error as Error & { code: string }
      throw Object.assign(new Error(`Raw query failed: ${message}`), {
        code: 'P2010',
        meta: { code, message },
      })
    }
  }
  return {
    $queryRawUnsafe: async (sql: string) => (await run(sql)).rows,
    $executeRawUnsafe: async (sql: string) => (await run(sql)).rowCount,
  }
}
