import { Command } from 'commander'
import { escapeControls } from '../../app/escape-controls.ts'
import { NotFoundError } from '../../queue/errors.ts'
import { wholeNumber } from '../app-options.ts'
import { findQueue } from '../find-queue.ts'
import type { Target } from '../open-target.ts'
import { reviveDead } from '../revive-dead.ts'
import type { Terminal } from '../screen/terminal.ts'
import { addTarget, withTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly id?: string
  readonly errorClass?: string
  readonly message?: string
  readonly parent?: string
  readonly limit?: number
  readonly dryRun?: boolean
}

/** `pipewright retry QUEUE`: makes dead messages ready again. */
export function retryCommand(terminal: Terminal): Command {
  return addTarget(new Command('retry'))
    .description('make the dead messages of a queue ready again')
    .argument('<queue>', 'the queue, such as books/decrypt')
    .option('--id <id>', 'only this one')
    .option(
      '--error-class <name>',
      'only those that died of an error with this name or code, its own or that of a cause',
    )
    .option('--message <text>', 'only those whose error has this in its message')
    .option('--parent <id>', 'only the children of this token')
    .option('--limit <n>', 'so many at most', wholeNumber(1, 1e9))
    .option('--dry-run', 'only say which')
    .action(async (name: string, options: Options) => {
      const { json, id, errorClass, message, parent, limit, dryRun = false } = options
      const filter = { id, errorClass, message, parent }
      await withTarget(options, terminal, async ({ backend }) => {
        const { queue } = await findQueue(backend, name)
        const ids = await reviveDead(backend, queue, { filter, limit, dryRun })
        if (id !== undefined && ids.length === 0) {
          throw new NotFoundError(`No dead token "${id}" in queue "${queue}" fits.`, { queue, id })
        }
        if (json) return terminal.out(JSON.stringify({ queue, dryRun, ids }))
        if (dryRun) for (const each of ids) terminal.out(escapeControls(each))
        const are = ids.length === 1 ? 'is' : 'are'
        terminal.out(`${ids.length} ${dryRun ? 'would be' : are} ready again in ${queue}`)
      })
    })
}
