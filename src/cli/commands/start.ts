import { Command } from 'commander'
import type { Verb } from '../../serve/steering/steer.ts'
import type { Terminal } from '../screen/terminal.ts'
import { addWhichUp, steer, type WhichOptions } from '../up/which-up.ts'

/** `pipewright start`: the processes of stages run again. */
export function startCommand(terminal: Terminal): Command {
  return make(terminal, 'start', 'let processes run again that were stopped')
}

/** `pipewright stop`: the processes of stages end their work, and are not started. */
export function stopCommand(terminal: Terminal): Command {
  return make(terminal, 'stop', 'let processes end their work, and stay ended')
}

/** `pipewright restart`: new processes take the place of old ones. */
export function restartCommand(terminal: Terminal): Command {
  return make(terminal, 'restart', 'replace processes, one by one, when the new one has come up')
}

function make(terminal: Terminal, verb: Verb, does: string): Command {
  return addWhichUp(new Command(verb))
    .description(does)
    .argument('[stages...]', 'those of these stages; by default all')
    .action((stages: readonly string[], options: WhichOptions) =>
      steer(options, terminal, { path: `/${verb}`, body: stages.length > 0 ? { groups: stages } : {} }),
    )
}
