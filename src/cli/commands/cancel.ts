import { Command } from 'commander'
import { UsageError } from '../../app/usage-error.ts'
import type { Backend } from '../../queue/backend.ts'
import { isPipewrightError, NotFoundError } from '../../queue/errors.ts'
import type { Journey } from '../../queue/journey.ts'
import { cancel } from '../../run/desk/cancel.ts'
import { findEntry } from '../find-entry.ts'
import { findToken } from '../find-token.ts'
import type { Target } from '../open-target.ts'
import type { Terminal } from '../screen/terminal.ts'
import { userName } from '../user-name.ts'
import { addTarget, withTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly workflow?: string
  readonly inbox?: boolean
  readonly reason?: string
}

/** `pipewright cancel ID`: takes a token out for good. */
export function cancelCommand(terminal: Terminal): Command {
  return addTarget(new Command('cancel'))
    .description('take a token out of its workflow for good')
    .argument('<id>', 'the token')
    .option('--reason <text>', 'why, for the history')
    .option('--inbox', 'no token, but the row of the inbox that has this id: it waits there, or was refused')
    .option('--workflow <name>', 'the workflow, where several know the id')
    .action(async (id: string, options: Options) => {
      const reason = reasonOf(options)
      await withTarget(options, terminal, async ({ backend, workflow }) => {
        const place = { workflow: options.workflow ?? workflow }
        const answer =
          reason === undefined
            ? await cancelEntry(backend, id, place)
            : await cancelToken(backend, id, { ...place, reason })
        terminal.out(options.json ? JSON.stringify(answer) : `cancelled; it was in ${answer.queue}`)
      })
    })
}

// What has not entered has no history that could keep a reason.
function reasonOf({ inbox = false, reason }: Options): string | undefined {
  if (inbox !== (reason !== undefined)) return reason
  throw new UsageError(
    inbox
      ? 'What is in an inbox has no history yet: leave out --reason.'
      : 'A token is cancelled for a reason, which its history keeps: give --reason WHY.',
  )
}

interface Place {
  readonly workflow: string | undefined
}

async function cancelToken(backend: Backend, id: string, { reason, ...place }: Place & { reason: string }) {
  const { workflow } = await findIn(backend, id, place)
  const { queue } = await cancel(backend, { workflow, id, by: userName(), reason })
  return { workflow, id, queue }
}

async function findIn(backend: Backend, id: string, place: Place): Promise<Journey> {
  try {
    return await findToken(backend, id, place)
  } catch (error) {
    const isUnknown = isPipewrightError(error) && error.code === 'not_found'
    const entry = isUnknown ? await findEntry(backend, id, place.workflow) : undefined
    if (!entry) throw error
    throw new NotFoundError(
      `There is no token "${id}" yet, but a row of the inbox ${entry.queue}; cancel that with --inbox.`,
      { id },
    )
  }
}

async function cancelEntry(backend: Backend, id: string, { workflow: named }: Place) {
  const entry = await findEntry(backend, id, named)
  if (!entry) throw new NotFoundError(`There is no row "${id}" in an inbox.`, { id })
  const { workflow, queue } = entry
  await backend.commit([{ kind: 'take', queue, id, event: 'cancelled' }])
  return { workflow, id, queue }
}
