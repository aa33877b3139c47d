import { Command, Option } from 'commander'
import { openApp } from '../../app/open-app.ts'
import type { SuspectsPlace } from '../../run/runtime.ts'
import {
  type AppOptions,
  addAppOptions,
  addLogLevel,
  addRollback,
  commaList,
  numbersByPlace,
} from '../app-options.ts'
import type { Terminal } from '../screen/terminal.ts'
import { supervisedAs } from '../supervise/fork-process.ts'
import { handedPlace, takesHanded } from '../supervise/handed.ts'
import { processLog } from '../supervise/process-log.ts'
import { stopSignal } from '../supervise/stop-signal.ts'
import { leaveWhenIdle, work } from '../supervise/work.ts'

interface Options extends AppOptions {
  readonly only?: readonly string[]
  readonly except?: readonly string[]
  readonly concurrency?: ReadonlyMap<string, number>
  readonly handed?: boolean
  readonly suspects: SuspectsPlace
  readonly leaveWhenIdle?: boolean
}

const places: readonly SuspectsPlace[] = ['here', 'elsewhere', 'only']

/** `pipewright work APP`: the workers, in this process. */
export function workCommand(terminal: Terminal): Command {
  return addLogLevel(addRollback(addAppOptions(new Command('work'))))
    .description('run the workers of an app in this process')
    .argument('<app>', 'the module of the app')
    .option('--only <stages>', 'only the workers of these stages: A,B', commaList)
    .option('--except <stages>', 'all workers but those of these stages: A,B', commaList)
    .option(
      '--concurrency <numbers>',
      'how many tokens are worked on at once, by stage: A=4,B=2; by default what each worker says',
      numbersByPlace,
    )
    .addOption(
      new Option('--suspects <where>', 'where tokens are worked on whose process was lost')
        .choices(places)
        .default('here'),
    )
    .addOption(new Option(leaveWhenIdle).hideHelp())
    .addOption(new Option(takesHanded).hideHelp())
    .action(async (path: string, options: Options) => {
      const { config, db, rollback, only, except, concurrency, suspects, handed } = options
      const { leaveWhenIdle: leavesWhenIdle } = options
      const name = process.env[supervisedAs]
      const log = processLog('work', terminal, options)
      const stop = stopSignal()
      const place = { app: path, config, db, rollback, ...(handed && (await handedPlace())) }
      const app = await openApp(place, log)
      try {
        await work(app, { name, only, except, concurrency, suspects, leavesWhenIdle, stop })
      } finally {
        await app.close()
        stop.dispose()
      }
    })
}
