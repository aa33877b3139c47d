import { Command } from 'commander'
import { UsageError } from '../../app/usage-error.ts'
import { findQueue } from '../find-queue.ts'
import type { Target } from '../open-target.ts'
import type { Terminal } from '../screen/terminal.ts'
import { userName } from '../user-name.ts'
import { addTarget, withTarget } from '../with-target.ts'

/** `pipewright pause QUEUE`: no more messages are leased from it. */
export function pauseCommand(terminal: Terminal): Command {
  return make(terminal, { name: 'pause', does: 'lease nothing more from a queue', paused: true })
}

/** `pipewright resume QUEUE`: messages are leased from it again. */
export function resumeCommand(terminal: Terminal): Command {
  return make(terminal, { name: 'resume', does: 'let a paused queue go on', paused: false })
}

function make(
  terminal: Terminal,
  { name, does, paused }: { readonly name: string; readonly does: string; readonly paused: boolean },
): Command {
  return addTarget(new Command(name))
    .description(does)
    .argument('<queue>', 'the queue, such as books/decrypt')
    .option('--reason <text>', 'why, for the history')
    .action(async (given: string, options: Target & { json?: boolean; reason?: string }) => {
      await withTarget(options, terminal, async ({ backend }) => {
        const { queue, role } = await findQueue(backend, given)
        if (role === 'inbox')
          throw new UsageError(
            `Nothing is leased from ${queue}, an inbox; ${name} the queues that its tokens enter.`,
          )
        const by = { actor: userName(), reason: options.reason }
        await backend.commit([{ kind: 'gate', name: queue, closed: paused, ...by }])
        terminal.out(
          options.json ? JSON.stringify({ queue, paused }) : `${queue} ${paused ? 'is paused' : 'goes on'}`,
        )
      })
    })
}
