import { Command } from 'commander'
import type { QueueCount } from '../../queue/queue-count.ts'
import {
  type AddressOptions,
  type AppOptions,
  addAddress,
  addAppOptions,
  addLogLevel,
  addRollback,
  wholeNumber,
} from '../app-options.ts'
import { DeadTokensError } from '../exit-code.ts'
import { commandLog } from '../screen/command-log.ts'
import { countJson } from '../screen/iso-times.ts'
import { progressLines } from '../screen/progress.ts'
import { makeScreen } from '../screen/screen.ts'
import type { Terminal } from '../screen/terminal.ts'
import { sayDead, sayTotals, totalsOf } from '../supervise/idleness.ts'
import { run } from '../supervise/run.ts'

interface Options extends AppOptions, AddressOptions {
  readonly untilIdle?: boolean
  readonly workers: number
}

/** `pipewright run APP`: everything, in supervised processes. */
export function runCommand(terminal: Terminal): Command {
  return addAddress(addLogLevel(addRollback(addAppOptions(new Command('run')))))
    .description('run everything of an app, in supervised processes')
    .argument('<app>', 'the module of the app, such as artifacts/books.ts')
    .option(
      '--until-idle',
      'end when every token is finished, dead or in review; one in a paused queue is waited for',
    )
    .option('--workers <n>', 'how many worker processes', wholeNumber(1, 64), 1)
    .action(async (app: string, options: Options) => {
      const { config, db, rollback, json = false, untilIdle = false, workers, host, port, logLevel } = options
      const screen = makeScreen(terminal)
      const { log, line } = commandLog('run', { screen, terminal }, options)
      let last: readonly QueueCount[] = []
      const each = (counts: readonly QueueCount[]) => {
        last = counts
        if (!json) screen.stay(progressLines(counts))
      }
      const place = { app, config, db, rollback }
      const settings = { workers, host, port, logLevel }
      await run({ place, settings, untilIdle, log, line, each }).finally(() => screen.stay([]))
      if (!untilIdle) return
      const totals = totalsOf(last)
      terminal.out(json ? JSON.stringify({ ...totals, queues: last.map(countJson) }) : sayTotals(totals))
      if (totals.dead > 0) throw new DeadTokensError(sayDead(last))
    })
}
