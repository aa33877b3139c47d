import { Command } from 'commander'
import type { Settings } from '../../run/travel/travel.ts'
import type { Json } from '../../schema/json.ts'
import { wholeNumber } from '../app-options.ts'
import { addByHand, addForce, addSettings, type ByHandOptions, json, travelBy } from '../by-hand.ts'
import type { Terminal } from '../screen/terminal.ts'
import { editOf } from './edit.ts'

interface Options extends ByHandOptions {
  readonly to: string
  readonly value?: Json
  readonly set?: Settings
  readonly hop?: number
  readonly force?: boolean
}

/** `pipewright move ID --to STAGE`: moves a token to another stage. */
export function moveCommand(terminal: Terminal): Command {
  return addForce(addSettings(addByHand(new Command('move'))))
    .description('move a token to another stage, which takes the state that it is in, or is given')
    .argument('<id>', 'the token')
    .requiredOption('--to <stage>', 'the stage, such as decrypt')
    .option('--value <json>', 'the value with which it goes there; by default the one that it has', json)
    .option('--hop <n>', 'only while it is in this stay', wholeNumber(1, 1e9))
    .action(async (id: string, options: Options) => {
      const { to, hop, force } = options
      const value = editOf(id, options)
      await travelBy(options, terminal, {
        done: 'moved',
        act: (travel, by) => travel.move(id, { ...by, to, value, hop, force }),
      })
    })
}
