import { Command, InvalidArgumentError } from 'commander'
import type { Terminal } from '../screen/terminal.ts'
import { addWhichUp, steer, type WhichOptions } from '../up/which-up.ts'

interface Scaling {
  readonly group: string
  readonly processes: number
}

/** `pipewright scale STAGE=N`: a stage has another number of processes. */
export function scaleCommand(terminal: Terminal): Command {
  return addWhichUp(new Command('scale'))
    .description('set how many processes a stage has, until the file says otherwise')
    .argument(
      '<stage=n>',
      'the stage, or `worker` for all that have none of their own, and the number',
      scalingOf,
    )
    .action((body: Scaling, options: WhichOptions) => steer(options, terminal, { path: '/scale', body }))
}

function scalingOf(text: string): Scaling {
  const [, group, number] = /^(.+)=(\d{1,2})$/.exec(text) ?? []
  const processes = Number(number)
  if (group !== undefined && processes <= 64) return { group, processes }
  throw new InvalidArgumentError('It is a stage and a number from 0 to 64, such as decrypt=2.')
}
