import { Command } from 'commander'
import { isPipewrightError } from '../../queue/errors.ts'
import { lookAround } from '../../run/look-around.ts'
import { wholeNumber } from '../app-options.ts'
import { findEntry } from '../find-entry.ts'
import { findToken } from '../find-token.ts'
import type { Target } from '../open-target.ts'
import { aroundJson, journeyJson } from '../screen/iso-times.ts'
import { entryJson, sayEntry } from '../screen/say-entry.ts'
import { sayJourney } from '../screen/say-journey.ts'
import type { Terminal } from '../screen/terminal.ts'
import { addTarget, withTarget } from '../with-target.ts'

interface Options extends Target {
  readonly json?: boolean
  readonly workflow?: string
  readonly limit?: number
  readonly values?: boolean
  readonly hop?: number
}

/** `pipewright token ID`: where a token is and has been. */
export function tokenCommand(terminal: Terminal): Command {
  return addTarget(new Command('token'))
    .description('show where a token is and has been')
    .argument('<id>', 'the token')
    .option('--workflow <name>', 'the workflow, where several know the id')
    .option('--limit <n>', 'the last lines of its history; by default 1000', wholeNumber(1, 1e6))
    .option('--hop <n>', 'only this stay', wholeNumber(1, 1e9))
    .option('--values', 'with the values of its stays, where they were kept')
    .action(async (id: string, options: Options) => {
      await withTarget(options, terminal, async ({ backend, workflow }) => {
        const { limit, hop, values } = options
        const place = { workflow: options.workflow ?? workflow, limit, hop, values }
        const entry = await findEntry(backend, id, place.workflow)
        const journey = await findToken(backend, id, place).catch((error: unknown) => {
          if (entry && isPipewrightError(error) && error.code === 'not_found') return undefined
          throw error
        })
        if (options.json) {
          const inbox = entry && entryJson(entry)
          const around = journey && aroundJson(await lookAround(backend, journey))
          return terminal.out(JSON.stringify(journey ? { ...journeyJson(journey), ...around, inbox } : inbox))
        }
        if (entry) terminal.out(sayEntry(entry))
        if (journey) terminal.out(sayJourney(journey, await lookAround(backend, journey)))
      })
    })
}
