import { Command } from 'commander'
import type { Backend } from '../../queue/backend.ts'
import { isPipewrightError, NotFoundError } from '../../queue/errors.ts'
import { cancel } from '../../run/desk/cancel.ts'
import { findEntry } from '../../run/desk/find-entry.ts'
import { findToken } from '../find-token.ts'
import type { Target } from '../open-target.ts'
import type { Terminal } from '../screen/terminal.ts'
import { userName } from '../user-name.ts'
import { addTarget, withTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly workflow?: string
  readonly inbox?: boolean
  readonly reason: string
}

/** `pipewright cancel ID`: takes a token out for good. */
export function cancelCommand(terminal: Terminal): Command {
  return addTarget(new Command('cancel'))
    .description('take a token out of its workflow for good')
    .argument('<id>', 'the token')
    .requiredOption('--reason <text>', 'why, for the history')
    .option('--workflow <name>', 'the workflow, where several know the id')
    .option('--inbox', 'only what is in the inbox under this id: it waits there, or was refused')
    .action(async (id: string, options: Options) => {
      await withTarget(options, terminal, async (open) => {
        const named = options.workflow ?? open.workflow
        const by = { by: userName(), reason: options.reason }
        const answer = options.inbox
          ? await cancelEntry(open.backend, id, { workflow: named, ...by })
          : await cancelToken(open.backend, id, { workflow: named, ...by })
        terminal.out(options.json ? JSON.stringify(answer) : `cancelled; it was in ${answer.queue}`)
      })
    })
}

interface Cancelled {
  readonly workflow: string
  readonly id: string
  readonly queue: string
}

interface Cancelling {
  readonly workflow: string | undefined
  readonly by: string
  readonly reason: string
}

async function cancelToken(
  backend: Backend,
  id: string,
  { workflow: named, ...by }: Cancelling,
): Promise<Cancelled> {
  const { workflow } = await findToken(backend, id, { workflow: named }).catch(async (error: unknown) => {
    const entry =
      isPipewrightError(error) && error.code === 'not_found' && (await findEntry(backend, id, named))
    if (entry) return entry
    throw error
  })
  const { queue } = await cancel(backend, { workflow, id, ...by })
  return { workflow, id, queue }
}

async function cancelEntry(
  backend: Backend,
  id: string,
  { workflow: named, by: actor, reason }: Cancelling,
): Promise<Cancelled> {
  const entry = await findEntry(backend, id, named)
  if (!entry) throw new NotFoundError(`There is no entry "${id}" in an inbox.`, { id })
  const { workflow, queue } = entry
  await backend.commit([{ kind: 'take', queue, id, event: 'cancelled', actor, reason }])
  return { workflow, id, queue }
}
