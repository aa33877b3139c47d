import { Command } from 'commander'
import { openApp } from '../../app/open-app.ts'
import { sqlite } from '../../backends/sqlite/index.ts'
import { looking } from '../../backends/sqlite/look/look.ts'
import { existing, refuseAbsent, refuseStrayConfig, type Target } from '../open-target.ts'
import { commandLog } from '../screen/command-log.ts'
import { makeScreen } from '../screen/screen.ts'
import type { Terminal } from '../screen/terminal.ts'
import { addTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly copy: boolean
}

/** `pipewright migrate`: brings a database that an older version has made up to date. */
export function migrateCommand(terminal: Terminal): Command {
  return addTarget(new Command('migrate'))
    .description('bring a database of an older version up to date; no other process may use it meanwhile')
    .option('--no-copy', 'write no copy of the database, FILE.schemaN.bak, before')
    .action(async ({ db, app, config, json = false, copy }: Options) => {
      const { log } = commandLog('migrate', { screen: makeScreen(terminal), terminal }, { json })
      const look = {
        mayWrite: true,
        migration: { isCopied: copy },
        migrated: [] as string[],
        absent: [] as string[],
      }
      if (app === undefined) refuseStrayConfig(config)
      const path = app === undefined || db !== undefined ? existing(db) : undefined
      await looking(look, async () => {
        const open = app === undefined ? await sqlite(path!) : await openApp({ app, config, db: path }, log)
        await open.close()
      })
      refuseAbsent(look.absent)
      const [sentence = 'The database is up to date.'] = look.migrated
      terminal.out(json ? JSON.stringify({ migrated: look.migrated }) : sentence)
    })
}
