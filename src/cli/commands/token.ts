import { Command } from 'commander'
import { findToken } from '../find-token.ts'
import { journeyJson } from '../iso-times.ts'
import type { Target } from '../open-target.ts'
import { sayJourney } from '../say-journey.ts'
import type { Terminal } from '../terminal.ts'
import { addTarget, withTarget } from '../with-target.ts'

/** `pipewright token ID`: where a token is and has been. */
export function tokenCommand(terminal: Terminal): Command {
  return addTarget(new Command('token'))
    .description('show where a token is and has been')
    .argument('<id>', 'the token')
    .option('--workflow <name>', 'the workflow, where several know the id')
    .action(async (id: string, options: Target & { json?: boolean; workflow?: string }) => {
      await withTarget(options, terminal, async ({ backend, workflow }) => {
        const journey = await findToken(backend, id, options.workflow ?? workflow)
        terminal.out(options.json ? JSON.stringify(journeyJson(journey)) : sayJourney(journey))
      })
    })
}
