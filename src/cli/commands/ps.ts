import { Command } from 'commander'
import type { Terminal } from '../screen/terminal.ts'
import { addWhichUp, showRunning, type WhichOptions } from '../up/which-up.ts'

/** `pipewright ps`: the processes of an `up`. */
export function psCommand(terminal: Terminal): Command {
  return addWhichUp(new Command('ps'))
    .description('show the processes that `up` runs')
    .option('--check', 'fail unless all of them run, as the check of a service manager wants it')
    .action(async (options: WhichOptions & { readonly check?: boolean }) => {
      const { processes } = await showRunning(options, terminal)
      const idle = options.check ? processes.filter(({ state }) => state !== 'running') : []
      const list = idle.map(({ name, state }) => `${name} is ${state}`).join(', ')
      if (list !== '') throw new Error(`Not all processes run: ${list}.`)
    })
}
