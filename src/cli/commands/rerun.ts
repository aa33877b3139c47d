import { Command } from 'commander'
import type { Settings } from '../../run/travel/travel.ts'
import { wholeNumber } from '../app-options.ts'
import { addByHand, addForce, addSettings, type ByHandOptions, travelBy } from '../by-hand.ts'
import type { Terminal } from '../screen/terminal.ts'

interface Options extends ByHandOptions {
  readonly from: number
  readonly set?: Settings
  readonly force?: boolean
}

/** `pipewright rerun ID --from HOP`: lets a token begin again from one of its stays. */
export function rerunCommand(terminal: Terminal): Command {
  return addForce(addSettings(addByHand(new Command('rerun'))))
    .description('let a token begin again from one of its stays, as it was then; also one that has finished')
    .argument('<id>', 'the token')
    .requiredOption(
      '--from <hop>',
      'the number of the stay; `token ID --values` shows them',
      wholeNumber(1, 1e9),
    )
    .action(async (id: string, options: Options) => {
      const { from, set, force } = options
      await travelBy(options, terminal, {
        done: 'begun again',
        act: (travel, by) => travel.rerun(id, { ...by, from, set, force }),
      })
    })
}
