import { Command } from 'commander'
import type { Terminal } from '../screen/terminal.ts'
import { addWhichUp, showRunning, type WhichOptions } from '../up/which-up.ts'

/** `pipewright ps`: the processes of an `up`. */
export function psCommand(terminal: Terminal): Command {
  return addWhichUp(new Command('ps'))
    .description('show the processes that `up` runs')
    .action((options: WhichOptions) => showRunning(options, terminal))
}
