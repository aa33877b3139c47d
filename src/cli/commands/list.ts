import { Command } from 'commander'
import { refusedAsUsage } from '../../app/usage-error.ts'
import { parseFilter } from '../../queue/filter-language.ts'
import type { Row } from '../../queue/rows.ts'
import type { Everywhere } from '../../queue/tally.ts'
import { knownMarks } from '../../run/known-marks.ts'
import { wholeNumber } from '../app-options.ts'
import { findQueue } from '../find-queue.ts'
import { findWorkflow } from '../find-workflow.ts'
import type { Target } from '../open-target.ts'
import { rowJson } from '../screen/iso-times.ts'
import { rowsTable } from '../screen/rows-table.ts'
import type { Terminal } from '../screen/terminal.ts'
import { userName } from '../user-name.ts'
import { addTarget, withTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly where?: string
  readonly by?: string
  readonly newest?: boolean
  readonly limit?: number
  readonly after?: string
  readonly workflow?: string
}

/** `pipewright list [QUEUE]`: the messages that match a filter. */
export function listCommand(terminal: Terminal): Command {
  return addTarget(new Command('list'))
    .description('list the messages of a queue, or of a workflow, that match a filter')
    .argument('[queue]', 'the queue, such as books/review; by default all of the workflow')
    .option('--where <filter>', 'only these, such as "class:decrypt age>1d -name:BadChecksum"')
    .option('--by <mark>', 'in the order of this mark, such as due, instead of by arrival')
    .option('--newest', 'the newest first, or the largest')
    .option('--limit <n>', 'so many at most; by default 50', wholeNumber(1, 1000), 50)
    .option('--after <cursor>', 'those after the `next` of another page')
    .option('--workflow <name>', 'the workflow, where the database has several')
    .action(async (name: string | undefined, options: Options) => {
      const { json, where = '', by, newest, limit, after } = options
      await withTarget(options, terminal, async ({ backend, workflow: own }) => {
        const queue = name === undefined ? undefined : await findQueue(backend, name)
        const workflow = queue?.workflow ?? (await findWorkflow(backend, options.workflow ?? own))
        const of: string | Everywhere = queue ? queue.queue : { workflow }
        const keys = where === '' ? [] : await knownMarks(backend, of)
        const reading = { now: Date.now(), me: userName(), workflow, keys }
        const only = await refusedAsUsage(['invalid'], (async () => parseFilter(where, reading))())
        const order = newest ? 'newest' : 'oldest'
        const { rows, next } = await backend.list(of, { only, by, order, limit, after, values: false })
        const placed = rows.map((row): Row => (queue ? { ...row, queue: queue.queue } : row))
        if (json) return terminal.out(JSON.stringify({ rows: placed.map(rowJson), next }))
        terminal.out(rowsTable(placed, { workflow, now: Date.now() }))
        if (next !== undefined) terminal.err(`There are more, or may be: --after ${next}`)
      })
    })
}
