import { Command } from 'commander'
import { type AppOptions, addAppOptions, addLogLevel, addRollback, commaList } from '../app-options.ts'
import { openApp } from '../open-app.ts'
import { processLog } from '../process-log.ts'
import { stopSignal } from '../stop-signal.ts'
import type { Terminal } from '../terminal.ts'
import { work } from '../work.ts'

interface Options extends AppOptions {
  readonly only?: readonly string[]
}

/** `pipewright work APP`: the workers, in this process. */
export function workCommand(terminal: Terminal): Command {
  return addLogLevel(addRollback(addAppOptions(new Command('work'))))
    .description('run the workers of an app in this process')
    .argument('<app>', 'the module of the app')
    .option('--only <stages>', 'only the workers of these stages: A,B', commaList)
    .action(async (path: string, options: Options) => {
      const { config, db, rollback, only } = options
      const log = processLog('work', terminal, options)
      const stop = stopSignal()
      const app = await openApp({ app: path, config, db, rollback }, log)
      try {
        await work(app, { only, stop })
      } finally {
        await app.close()
        stop.dispose()
      }
    })
}
