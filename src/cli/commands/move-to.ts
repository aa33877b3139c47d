import { Command } from 'commander'
import { cancelQueues, type Moved, type MovingProgress, moveQueues } from '../../app/database/move-queues.ts'
import { placeOf } from '../../app/database/place.ts'
import { refusedAsUsage } from '../../app/usage-error.ts'
import { databaseName, targetName } from '../app-options.ts'
import { existing } from '../open-target.ts'
import { commandLog } from '../screen/command-log.ts'
import { progressBar } from '../screen/progress.ts'
import { makeScreen } from '../screen/screen.ts'
import type { Terminal } from '../screen/terminal.ts'
import { usualDatabase } from '../with-target.ts'

interface Options {
  readonly db?: string
  readonly cancel?: boolean
  readonly json?: boolean
}

/** `pipewright move-to URL`: moves all queues to another database, or goes on with that. */
export function moveToCommand(terminal: Terminal): Command {
  return new Command('move-to')
    .description('move all queues, with everything that belongs to them, to an empty database')
    .argument('<database>', 'where they go: a SQLite file, or postgres://..., without a password', targetName)
    .option('--db <database>', usualDatabase, databaseName)
    .option('--cancel', 'give up a move there that is not over, and open the queues again')
    .option('--json', 'answer in JSON')
    .action(async (to: string, { db, cancel = false, json = false }: Options) => {
      const from = existing(db)
      const screen = makeScreen(terminal)
      const { log } = commandLog('move-to', { screen, terminal }, { json })
      const onWarning = (message: string) => log.warn(message)
      if (cancel) {
        await refusedAsUsage(['invalid', 'conflict'], cancelQueues(from, to, { onWarning }))
        return terminal.out(json ? JSON.stringify({ cancelled: true }) : sayCancelled(from))
      }
      const onProgress = (said: MovingProgress) => screen.stay([sayProgress(said)])
      try {
        const moved = await refusedAsUsage(
          ['invalid', 'conflict'],
          moveQueues(from, to, { onProgress, onWarning }),
        )
        screen.stay([])
        terminal.out(json ? JSON.stringify(moved) : sayMoved(moved))
      } finally {
        screen.stay([])
      }
    })
}

function sayProgress({ step, table, share }: MovingProgress): string {
  return `${progressBar(share)}  ${step} ${table}`
}

function sayCancelled(from: string): string {
  const { kind } = placeOf(from)
  return `The move was cancelled; the queues ${kind === 'sqlite' ? `in ${from} ` : ''}are open as before.`
}

function sayMoved({ from, to, tables, wasDone }: Moved): string {
  const { tokens, history } = tables
  const what = `${countOf(tokens?.rows, 'token')} and ${countOf(history?.rows, 'line')} of history`
  if (wasDone)
    return `The queues were moved from ${from} to ${to} before: ${what}. Name ${to} as the database.`
  return `Moved ${what} from ${from} to ${to}; counts and hashes are the same. Now name ${to} as the database, and start the workers again; ${from} is closed for good.`
}

function countOf(count = 0, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`
}
