import { Command, CommanderError } from 'commander'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { ownPackage } from './own-package.ts'
import { reportError } from './screen/report-error.ts'
import type { Terminal } from './screen/terminal.ts'

// Each is loaded only where it is asked for: to load them all takes most of a second.
const commands: Readonly<Record<string, () => Promise<(terminal: Terminal) => Command>>> = {
  run: async () => (await import('./commands/run.ts')).runCommand,
  up: async () => (await import('./commands/up.ts')).upCommand,
  ps: async () => (await import('./commands/ps.ts')).psCommand,
  start: async () => (await import('./commands/start.ts')).startCommand,
  stop: async () => (await import('./commands/start.ts')).stopCommand,
  restart: async () => (await import('./commands/start.ts')).restartCommand,
  scale: async () => (await import('./commands/scale.ts')).scaleCommand,
  logs: async () => (await import('./commands/logs.ts')).logsCommand,
  reload: async () => (await import('./commands/reload.ts')).reloadCommand,
  down: async () => (await import('./commands/down.ts')).downCommand,
  work: async () => (await import('./commands/work.ts')).workCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  seed: async () => (await import('./commands/seed.ts')).seedCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  report: async () => (await import('./commands/report.ts')).reportCommand,
  token: async () => (await import('./commands/token.ts')).tokenCommand,
  list: async () => (await import('./commands/list.ts')).listCommand,
  retry: async () => (await import('./commands/retry.ts')).retryCommand,
  cancel: async () => (await import('./commands/cancel.ts')).cancelCommand,
  uncancel: async () => (await import('./commands/uncancel.ts')).uncancelCommand,
  edit: async () => (await import('./commands/edit.ts')).editCommand,
  move: async () => (await import('./commands/move.ts')).moveCommand,
  'move-to': async () => (await import('./commands/move-to.ts')).moveToCommand,
  rerun: async () => (await import('./commands/rerun.ts')).rerunCommand,
  fork: async () => (await import('./commands/fork.ts')).forkCommand,
  bulk: async () => (await import('./commands/bulk.ts')).bulkCommand,
  pause: async () => (await import('./commands/pause.ts')).pauseCommand,
  resume: async () => (await import('./commands/pause.ts')).resumeCommand,
  gates: async () => (await import('./commands/gates.ts')).gatesCommand,
  gate: async () => (await import('./commands/gate.ts')).gateCommand,
  do: async () => (await import('./commands/do.ts')).doCommand,
  graph: async () => (await import('./commands/graph.ts')).graphCommand,
  check: async () => (await import('./commands/check.ts')).checkCommand,
  shadow: async () => (await import('./commands/shadow.ts')).shadowCommand,
  sql: async () => (await import('./commands/sql.ts')).sqlCommand,
  backup: async () => (await import('./commands/backup.ts')).backupCommand,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  init: async () => (await import('./commands/init.ts')).initCommand,
}

/** Runs the command in `args` and returns the exit code: 0, or one of `exitCodes`. Never throws. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const json = wantsJson(args)
  const program = new Command('pipewright')
    .description('Typed states become queues; stages move tokens between them.')
    .version(ownPackage().version)
  // What stands behind the name of a command is for that: so `gate` may have options and commands.
  program.enablePositionalOptions()
  for (const make of await commandsFor(args)) program.addCommand(make(terminal))
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text, write) =>
        write(json ? JSON.stringify({ code: 'usage', message: text.trim().replace(/^error: /, '') }) : text),
    })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    await terminal.drained()
    return 0
  } catch (error) {
    // Commander has said already what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
    reportError(terminal, error, { json })
    return exitCodeOf(error)
  }
}

/** The command that is asked for; all of them where that is none, for help and for what may have been meant. */
function commandsFor([name = '']: readonly string[]) {
  if (name === '--version') return Promise.resolve([])
  const wanted = Object.hasOwn(commands, name) ? [commands[name]!] : Object.values(commands)
  return Promise.all(wanted.map((load) => load()))
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).includes('--json')
}
