import { Command } from 'commander'
import { addByHand, type ByHandOptions, travelBy } from '../by-hand.ts'
import type { Terminal } from '../screen/terminal.ts'

/** `pipewright uncancel ID`: brings back a token that was cancelled. */
export function uncancelCommand(terminal: Terminal): Command {
  return addByHand(new Command('uncancel'))
    .description('bring back a token that was cancelled or discarded, to where it was')
    .argument('<id>', 'the token')
    .action(async (id: string, options: ByHandOptions) => {
      await travelBy(options, terminal, {
        done: 'brought back',
        act: (travel, by) => travel.uncancel(id, by),
      })
    })
}
