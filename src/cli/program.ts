import { Command, CommanderError } from 'commander'
import { backupCommand } from './commands/backup.ts'
import { bulkCommand } from './commands/bulk.ts'
import { cancelCommand } from './commands/cancel.ts'
import { checkCommand } from './commands/check.ts'
import { editCommand } from './commands/edit.ts'
import { forkCommand } from './commands/fork.ts'
import { gateCommand, gatesCommand } from './commands/gates.ts'
import { graphCommand } from './commands/graph.ts'
import { initCommand } from './commands/init.ts'
import { listCommand } from './commands/list.ts'
import { migrateCommand } from './commands/migrate.ts'
import { moveCommand } from './commands/move.ts'
import { pauseCommand, resumeCommand } from './commands/pause.ts'
import { rerunCommand } from './commands/rerun.ts'
import { retryCommand } from './commands/retry.ts'
import { runCommand } from './commands/run.ts'
import { seedCommand } from './commands/seed.ts'
import { serveCommand } from './commands/serve.ts'
import { shadowCommand } from './commands/shadow.ts'
import { sqlCommand } from './commands/sql.ts'
import { statusCommand } from './commands/status.ts'
import { tokenCommand } from './commands/token.ts'
import { uncancelCommand } from './commands/uncancel.ts'
import { workCommand } from './commands/work.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { ownPackage } from './own-package.ts'
import { reportError } from './screen/report-error.ts'
import type { Terminal } from './screen/terminal.ts'

const commands = [
  runCommand,
  workCommand,
  serveCommand,
  seedCommand,
  statusCommand,
  tokenCommand,
  listCommand,
  retryCommand,
  cancelCommand,
  uncancelCommand,
  editCommand,
  moveCommand,
  rerunCommand,
  forkCommand,
  bulkCommand,
  pauseCommand,
  resumeCommand,
  gatesCommand,
  gateCommand,
  graphCommand,
  checkCommand,
  shadowCommand,
  sqlCommand,
  backupCommand,
  migrateCommand,
  initCommand,
]

/** Runs the command in `args` and returns the exit code: 0, or one of `exitCodes`. Never throws. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const json = wantsJson(args)
  const program = new Command('pipewright')
    .description('Typed states become queues; stages move tokens between them.')
    .version(ownPackage().version)
  for (const make of commands) program.addCommand(make(terminal))
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

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).includes('--json')
}
