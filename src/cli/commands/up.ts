import { Command } from 'commander'
import { findUpFile } from '../../app/up/find-up-file.ts'
import { addLogLevel, databaseName, fileName } from '../app-options.ts'
import { commandLog, type LogOptions, leastOf } from '../screen/command-log.ts'
import { makeScreen } from '../screen/screen.ts'
import type { Terminal } from '../screen/terminal.ts'
import { stopSignal } from '../supervise/stop-signal.ts'
import { type BoardFacts, boardLines } from '../up/board.ts'
import { Journal } from '../up/journal.ts'
import { up } from '../up/up.ts'

interface Options extends LogOptions {
  readonly app?: string
  readonly db?: string
}

/** `pipewright up`: what a file says, in supervised processes that are steered while they run. */
export function upCommand(terminal: Terminal): Command {
  return addLogLevel(new Command('up'))
    .description('run what a file says: an app, its processes, their environment')
    .argument('[config]', "a YAML file; by default pipewright.yaml, here or in the user's config folder")
    .option('--app <app>', 'the module of the app, where the file does not name it', fileName)
    .option(
      '--db <database>',
      'a database to use in place of what the file says: a file, or a URL',
      databaseName,
    )
    .option('--json', 'log in JSON')
    .action(async (config: string | undefined, options: Options) => {
      const path = findUpFile(config)
      const screen = makeScreen(terminal)
      const { line } = commandLog('up', { screen, terminal }, options)
      const isWatched = terminal.errIsWatched && !options.json
      const show = isWatched ? (facts: BoardFacts) => screen.stay(boardLines(facts, Date.now())) : undefined
      const journal = new Journal(leastOf(options), line)
      const stop = stopSignal()
      try {
        await up({ path, app: options.app, db: options.db, journal, stop, show })
      } catch (error) {
        throw journal.plain(error)
      } finally {
        screen.stay([])
        stop.dispose()
        journal.close()
      }
    })
}
