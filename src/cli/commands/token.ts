import { Command } from 'commander'
import { wholeNumber } from '../app-options.ts'
import { findToken } from '../find-token.ts'
import type { Target } from '../open-target.ts'
import { journeyJson } from '../screen/iso-times.ts'
import { sayJourney } from '../screen/say-journey.ts'
import type { Terminal } from '../screen/terminal.ts'
import { addTarget, withTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly workflow?: string
  readonly limit?: number
}

/** `pipewright token ID`: where a token is and has been. */
export function tokenCommand(terminal: Terminal): Command {
  return addTarget(new Command('token'))
    .description('show where a token is and has been')
    .argument('<id>', 'the token')
    .option('--workflow <name>', 'the workflow, where several know the id')
    .option('--limit <n>', 'the last lines of its history; by default 1000', wholeNumber(1, 1e6))
    .action(async (id: string, options: Options) => {
      await withTarget(options, terminal, async ({ backend, workflow }) => {
        const journey = await findToken(backend, id, {
          workflow: options.workflow ?? workflow,
          limit: options.limit,
        })
        terminal.out(options.json ? JSON.stringify(journeyJson(journey)) : sayJourney(journey))
      })
    })
}
