import { isUint8Array } from 'node:util/types'
import { Command } from 'commander'
import { Reader } from '../../backends/sqlite/read/reader.ts'
import { databaseName, fileName } from '../app-options.ts'
import { existingFile, openTarget, refuseStrayConfig, type Target } from '../open-target.ts'
import { canQuery } from '../screen/leaving-rates.ts'
import { table } from '../screen/table.ts'
import type { Terminal } from '../screen/terminal.ts'
import { processLog } from '../supervise/process-log.ts'

const maxRows = 10_000

interface Rows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  readonly more: boolean
}

/** `pipewright sql 'select ...'`: queries the database; cannot change it. */
export function sqlCommand(terminal: Terminal): Command {
  return new Command('sql')
    .description('ask the database in SQL; the views are queues, tokens and history')
    .argument('<statement>', "one that only reads: 'select * from queues'")
    .option(
      '--db <file>',
      'the SQLite file with the queues (by default queues.db in this folder)',
      databaseName,
    )
    .option('--app <app>', 'take the database of this app', fileName)
    .option('--config <file>', "the app's config, a YAML file", fileName)
    .option('--json', 'answer in JSON: a list of rows')
    .action(async (statement: string, target: Target & { json?: boolean }) => {
      const { columns, rows: found, more } = await ask(statement, target, terminal)
      const rows = found.map((row) => row.map(sayBytes))
      if (target.json) {
        const records = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])))
        terminal.out(JSON.stringify(records))
      } else terminal.out(table([columns, ...rows]))
      if (more) terminal.err(`There are more than these ${rows.length} rows; add a limit, or ask for less.`)
    })
}

// As SQL writes it.
function sayBytes(cell: unknown): unknown {
  return isUint8Array(cell) ? `x'${Buffer.from(cell).toString('hex')}'` : cell
}

async function ask(sql: string, target: Target & { json?: boolean }, terminal: Terminal): Promise<Rows> {
  if (target.app === undefined) {
    refuseStrayConfig(target.config)
    // Opened for reading only: not even its journal mode is touched.
    const reader = new Reader(
      existingFile(target.db, '`pipewright sql` asks SQLite files; a Postgres is asked by psql'),
    )
    return reader.query(sql, maxRows).finally(() => reader.close())
  }
  const { backend, close } = await openTarget(target, processLog('sql', terminal, target))
  try {
    if (canQuery(backend)) return await backend.query(sql, maxRows)
    throw new Error(
      'The backend of this app is not a SQLite file, which alone can be asked by `pipewright sql`; a Postgres is asked by psql.',
    )
  } finally {
    await close()
  }
}
