import { Command } from 'commander'
import type { Settings } from '../../run/travel/travel.ts'
import { wholeNumber } from '../app-options.ts'
import { addByHand, addSettings, type ByHandOptions, travelBy } from '../by-hand.ts'
import type { Terminal } from '../screen/terminal.ts'

interface Options extends ByHandOptions {
  readonly from?: number
  readonly set?: Settings
}

/** `pipewright fork ID NEW-ID`: lets a new token begin from a stay of another. */
export function forkCommand(terminal: Terminal): Command {
  return addSettings(addByHand(new Command('fork')))
    .description('let a new token begin from a stay of another one, which goes on as it is')
    .argument('<id>', 'the token')
    .argument('<new-id>', 'the id of the new one')
    .option(
      '--from <hop>',
      'the number of the stay; by default the present one, or the last',
      wholeNumber(1, 1e9),
    )
    .action(async (id: string, newId: string, options: Options) => {
      const { from, set } = options
      await travelBy(options, terminal, {
        done: 'forked',
        act: (travel, by) => travel.fork(id, newId, { ...by, from, set }),
      })
    })
}
