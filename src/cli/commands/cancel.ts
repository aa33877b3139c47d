import { Command } from 'commander'
import { cancel } from '../../run/desk/cancel.ts'
import { findToken } from '../find-token.ts'
import type { Target } from '../open-target.ts'
import type { Terminal } from '../screen/terminal.ts'
import { userName } from '../user-name.ts'
import { addTarget, withTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly workflow?: string
  readonly reason: string
}

/** `pipewright cancel ID`: takes a token out for good. */
export function cancelCommand(terminal: Terminal): Command {
  return addTarget(new Command('cancel'))
    .description('take a token out of its workflow for good')
    .argument('<id>', 'the token')
    .requiredOption('--reason <text>', 'why, for the history')
    .option('--workflow <name>', 'the workflow, where several know the id')
    .action(async (id: string, options: Options) => {
      await withTarget(options, terminal, async (open) => {
        const { workflow } = await findToken(open.backend, id, {
          workflow: options.workflow ?? open.workflow,
        })
        const cancelling = { workflow, id, by: userName(), reason: options.reason }
        const { queue } = await cancel(open.backend, cancelling)
        const answer = { workflow, id, queue }
        terminal.out(options.json ? JSON.stringify(answer) : `cancelled; it was in ${queue}`)
      })
    })
}
