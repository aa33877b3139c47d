import { Command } from 'commander'
import { openGiven } from '../../app/database/open-backend.ts'
import { placeOf } from '../../app/database/place.ts'
import { openApp } from '../../app/open-app.ts'
import { UsageError } from '../../app/usage-error.ts'
import { type Look, looking, type Planned } from '../../backends/sqlite/look/look.ts'
import type { Log } from '../../run/log.ts'
import { existing, refuseAbsent, refuseStrayConfig, type Target } from '../open-target.ts'
import { commandLog } from '../screen/command-log.ts'
import { makeScreen } from '../screen/screen.ts'
import type { Terminal } from '../screen/terminal.ts'
import { addTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly copy: boolean
  readonly make?: boolean
  readonly plan?: boolean
}

/** `pipewright migrate`: brings a database that an older version has made up to date. */
export function migrateCommand(terminal: Terminal): Command {
  return addTarget(new Command('migrate'))
    .description('bring a database of an older version up to date; no other process may use it meanwhile')
    .option('--no-copy', 'write no copy of a SQLite file, FILE.schemaN.bak, before')
    .option('--make', 'make the tables in a Postgres that has none yet, too')
    .option('--plan', 'only print the statements that a Postgres would be given')
    .action(async ({ json = false, copy, make = false, plan = false, ...target }: Options) => {
      const { log } = commandLog('migrate', { screen: makeScreen(terminal), terminal }, { json })
      if (plan) {
        const planned = await planOf(target, log)
        return terminal.out(json ? JSON.stringify(planned) : sayPlan(planned))
      }
      const look = {
        mayWrite: true,
        mayMake: make,
        migration: { isCopied: copy },
        migrated: [] as string[],
        absent: [] as string[],
      }
      await openOnce(target, look, log)
      refuseAbsent(look.absent)
      const [sentence = 'The database is up to date.'] = look.migrated
      terminal.out(json ? JSON.stringify({ migrated: look.migrated }) : sentence)
    })
}

/** Opens what `target` names, as `look` says, and closes it. */
async function openOnce({ app, db, config }: Target, look: Look, log: Log): Promise<void> {
  if (app === undefined) refuseStrayConfig(config)
  const database = app === undefined || db !== undefined ? existing(db) : undefined
  if (database !== undefined && !['sqlite', 'postgres'].includes(placeOf(database).kind))
    throw new UsageError(
      'SQLite files and Postgres databases are migrated; others have nothing to migrate here.',
    )
  await looking(look, async () => {
    const open =
      app === undefined ? await openGiven(database!) : await openApp({ app, config, db: database }, log)
    await open.close()
  })
}

async function planOf(target: Target, log: Log): Promise<Planned> {
  const look = { mayWrite: false, absent: [], found: [], planned: [] as Planned[] }
  await openOnce(target, look, log)
  const [planned] = look.planned
  if (planned) return planned
  throw new UsageError(
    '--plan is for a Postgres: of a SQLite file a copy is kept, and what is done to it is no list of statements.',
  )
}

function sayPlan({ where, from, to, statements }: Planned): string {
  if (statements.length === 0) return `-- ${where} is up to date: version ${to}.`
  const all = ['begin', ...statements, 'commit'].map((statement) => `${statement.trim().replace(/;$/, '')};`)
  return [`-- ${where}: from version ${from} to ${to}.`, ...all].join('\n')
}
