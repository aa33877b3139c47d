import { type Command, InvalidArgumentError } from 'commander'
import { escapeControls } from '../app/escape-controls.ts'
import { UsageError } from '../app/usage-error.ts'
import type { ByHand, Settings, Travel, Travelled } from '../run/travel/travel.ts'
import type { Json } from '../schema/json.ts'
import type { Target } from './open-target.ts'
import type { Terminal } from './screen/terminal.ts'
import { userName } from './user-name.ts'
import { addTarget, withTarget } from './with-target.ts'

/** What the options of a command give that changes a token by hand. */
export interface ByHandOptions extends Target {
  readonly json?: boolean
  readonly by?: string
  readonly reason: string
  readonly dryRun?: boolean
}

/** Adds the options that say on which database it is done, by whom, and why. */
export function addByHand(command: Command): Command {
  return addTarget(command)
    .requiredOption('--reason <text>', 'why, for the history')
    .option('--by <name>', 'who does it, for the history; by default the user of this machine')
    .option('--dry-run', 'only say what would be')
}

/** Adds the option that changes parts of a value. */
export function addSettings(command: Command): Command {
  return command.option(
    '--set <path=json>',
    'a part of the value that is to be another: note=\'"new"\', pages.3.ok=true; may be given more than once',
    setting,
  )
}

/** Adds the option that takes a token from those who work on it. */
export function addForce(command: Command): Command {
  return command.option('--force', 'also while it is worked on: what its worker answers is refused then')
}

function setting(text: string, before: Settings = {}): Settings {
  const sign = text.indexOf('=')
  if (sign < 0) throw new InvalidArgumentError('It is a path and a value, such as pages.3.ok=true.')
  return { ...before, [text.slice(0, sign)]: json(text.slice(sign + 1)) }
}

/** Reads a value; for the argument of an option. */
export function json(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new InvalidArgumentError('A value is JSON; a text has quotes, such as note=\'"new"\'.')
  }
}

/** Does `act` with the tokens of the app that is named, and says where the token is then. */
export async function travelBy(
  options: ByHandOptions,
  terminal: Terminal,
  { done, act }: { readonly done: string; readonly act: (travel: Travel, by: ByHand) => Promise<Travelled> },
): Promise<void> {
  if (options.app === undefined)
    throw new UsageError('Values are checked by the stages of the app, so name it too, with --app APP.')
  const { by = userName(), reason, dryRun = false } = options
  await withTarget(options, terminal, async ({ app }) => {
    const travelled = await act(await app!.travel(), { by, reason, dryRun })
    if (options.json) return terminal.out(JSON.stringify({ workflow: app!.name, ...travelled, dryRun }))
    const { queue, hop, value } = travelled
    const where = `in ${queue}, as hop ${hop}`
    if (!dryRun) return terminal.out(`${done}; it is ${where}`)
    terminal.out(escapeControls(JSON.stringify(value)))
    terminal.out(`would be ${done}; it would be ${where}`)
  })
}
