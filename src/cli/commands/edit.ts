import { Command } from 'commander'
import { UsageError } from '../../app/usage-error.ts'
import { setPaths } from '../../run/travel/set-paths.ts'
import type { Edit, Settings } from '../../run/travel/travel.ts'
import type { Json } from '../../schema/json.ts'
import { wholeNumber } from '../app-options.ts'
import { addByHand, addForce, addSettings, type ByHandOptions, json, travelBy } from '../by-hand.ts'
import type { Terminal } from '../screen/terminal.ts'

interface Options extends ByHandOptions {
  readonly value?: Json
  readonly set?: Settings
  readonly hop?: number
  readonly force?: boolean
}

/** `pipewright edit ID`: gives a token another value, where it is. */
export function editCommand(terminal: Terminal): Command {
  return addForce(addSettings(addByHand(new Command('edit'))))
    .description(
      'give a token another value, where it is; its stage checks it, and the old one stays readable',
    )
    .argument('<id>', 'the token')
    .option('--value <json>', 'the whole value', json)
    .option('--hop <n>', 'only while it is in this stay', wholeNumber(1, 1e9))
    .action(async (id: string, options: Options) => {
      const { hop, force } = options
      const edit = editOf(id, options)
      if (edit === undefined)
        throw new UsageError('There is nothing to be edited: give --set PATH=JSON, or --value JSON.')
      await travelBy(options, terminal, {
        done: 'edited',
        act: (travel, by) => travel.edit(id, edit, { ...by, hop, force }),
      })
    })
}

/** The new value that the options give, or how it is made of the present one; undefined if they give none. */
export function editOf(id: string, { value, set }: Pick<Options, 'value' | 'set'>): Edit | undefined {
  if (set === undefined) return value
  return (present: Json) => setPaths(value === undefined ? present : value, set, { id })
}
