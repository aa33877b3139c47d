import { Command } from 'commander'
import { readConfig } from '../../app/config/read-config.ts'
import type { App } from '../../app/define-app.ts'
import { loadApp } from '../../app/load-app.ts'
import { UsageError } from '../../app/usage-error.ts'
import { didYouMean } from '../../schema/did-you-mean.ts'
import { fileName } from '../app-options.ts'
import type { Terminal } from '../screen/terminal.ts'
import { processLog } from '../supervise/process-log.ts'
import { stopSignal } from '../supervise/stop-signal.ts'

interface Options {
  readonly config?: string
}

/** `pipewright do APP NAME`: what an app can do beside its workflow. */
export function doCommand(terminal: Terminal): Command {
  return new Command('do')
    .description('run a command of an app; without a name, list them')
    .argument('<app>', 'the module of the app')
    .argument('[name]', 'the command')
    .argument('[args...]', 'its own arguments and options')
    .option('--config <file>', "the app's config, a YAML file", fileName)
    .passThroughOptions()
    .action(async (path: string, name: string | undefined, rest: readonly string[], { config }: Options) => {
      const app = await loadApp(path)
      if (name === undefined) return terminal.out(listOf(path, app))
      const command = commandOf(path, app, name)
      // Also behind the name, where a user of other commands looks for it.
      const { args, config: told = config } = withoutConfig(rest)
      const stop = stopSignal()
      const signal = AbortSignal.any([stop.signal, terminal.gone])
      try {
        await command.run(args, {
          config: await readConfig(app.config, told),
          out: process.stdout,
          log: processLog(name, terminal, { json: false }),
          signal,
        })
      } catch (error) {
        if (!hasEnded(error) || !signal.aborted) throw error
        // Its output has a reader no more, which is no fault.
        if (stop.signal.aborted)
          throw new Error('The command has ended before it was done, as it was asked to.')
      } finally {
        stop.dispose()
      }
    })
}

/** Whether a command has failed for its signal, or as its output takes no more. */
function hasEnded(error: unknown): boolean {
  const { name, code } = Object(error) as { readonly name?: unknown; readonly code?: unknown }
  return name === 'AbortError' || endings.has(code)
}

const endings = new Set<unknown>(['ABORT_ERR', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE'])

function commandOf(path: string, { commands = {} }: App, name: string) {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command) return command
  const names = Object.keys(commands)
  if (names.length === 0) throw new UsageError(`The app ${path} has no commands.`)
  throw new UsageError(
    `The app ${path} has no command "${name}"; it has ${names.join(', ')}.${didYouMean(name, names)}`,
  )
}

function listOf(path: string, { commands = {} }: App): string {
  const lines = Object.entries(commands).map(([name, { about }]) => `${name}  ${about}`)
  return lines.length > 0 ? lines.join('\n') : `The app ${path} has no commands.`
}

/** What stands behind `--` is the command's own. */
function withoutConfig(words: readonly string[]) {
  const end = words.indexOf('--')
  const at = words.findIndex((word) => word === '--config' || word.startsWith('--config='))
  if (at < 0 || (end >= 0 && end < at)) return { args: words }
  const word = words[at]!
  const isApart = word === '--config'
  const config = isApart ? words[at + 1] : word.slice('--config='.length)
  if (!config || (isApart && at + 1 === end)) throw new UsageError('--config needs a file.')
  return { args: [...words.slice(0, at), ...words.slice(at + (isApart ? 2 : 1))], config }
}
