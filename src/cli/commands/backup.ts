import { Command } from 'commander'
import { openApp } from '../../app/open-app.ts'
import { refusedAsUsage, UsageError } from '../../app/usage-error.ts'
import { type Backup, backUp } from '../../backends/sqlite/backup/back-up.ts'
import { looking } from '../../backends/sqlite/look/look.ts'
import { existingFile, refuseAbsent, refuseStrayConfig, type Target } from '../open-target.ts'
import { progressBar } from '../screen/progress.ts'
import { makeScreen } from '../screen/screen.ts'
import type { Terminal } from '../screen/terminal.ts'
import { processLog } from '../supervise/process-log.ts'
import { addTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly force?: boolean
}

/** `pipewright backup FILE`: copies the database while it is used, and checks the copy. */
export function backupCommand(terminal: Terminal): Command {
  return addTarget(new Command('backup'))
    .description('copy the database to a file, while it is used, and check the copy')
    .argument('<file>', 'where the copy goes, such as backups/queues.db')
    .option('--force', 'replace a file that is there')
    .action(async (file: string, { json = false, force = false, ...target }: Options) => {
      const database = await databaseOf(target, terminal, json)
      const screen = makeScreen(terminal)
      const onProgress = (share: number) =>
        screen.stay([share < 1 ? `${progressBar(share)}  copying` : 'Checking the copy ...'])
      try {
        const backup = await refusedAsUsage(['conflict'], backUp(database, file, { force, onProgress }))
        screen.stay([])
        terminal.out(json ? JSON.stringify(backup) : sayBackup(backup))
      } finally {
        screen.stay([])
      }
    })
}

const elsewhere =
  '`pipewright backup` copies SQLite files; a Postgres is backed up by its own means, such as pg_dump'

/** The file that is meant. An app is opened, but not its database: that may be of an older version. */
async function databaseOf({ db, app, config }: Target, terminal: Terminal, json: boolean): Promise<string> {
  if (app === undefined) {
    refuseStrayConfig(config)
    return existingFile(db, elsewhere)
  }
  const look = { mayWrite: false, absent: [] as string[], found: [] as string[] }
  const place = { app, config, db: db === undefined ? undefined : existingFile(db, elsewhere) }
  const open = await looking(look, () => openApp(place, processLog('backup', terminal, { json })))
  await open.close()
  refuseAbsent(look.absent)
  const [found] = look.found
  if (found !== undefined) return found
  throw new UsageError(
    `The queues of the app "${open.name}" are in no SQLite file of this machine; back them up where they are.`,
  )
}

function sayBackup({ database, file, tokens, lines, bytes, schema }: Backup): string {
  const size = bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KB` : `${Math.ceil(bytes / 2 ** 20)} MB`
  return `Backed up ${database} to ${file}: ${countOf(tokens, 'token')}, ${countOf(lines, 'line')} of history, ${size}, schema ${schema}; checked.`
}

function countOf(count: number, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`
}
