import { Command } from 'commander'
import type { Terminal } from '../screen/terminal.ts'
import { addWhichUp, steer, type WhichOptions } from '../up/which-up.ts'

/** `pipewright reload`: `up` reads its file again. */
export function reloadCommand(terminal: Terminal): Command {
  return addWhichUp(new Command('reload'))
    .description('let `up` read its file again, and change what is said otherwise there')
    .action((options: WhichOptions) => steer(options, terminal, { path: '/reload' }))
}
