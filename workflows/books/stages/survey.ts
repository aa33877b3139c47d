import { type Infer, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import { Defect } from '../defect.ts'
import type { ListRow } from '../grin/columns.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { Survey, Surveyed, Unsurveyed } from '../states/survey.ts'
import { askingBehind, askingDefaults, askingGrin, type GrinContext, grinOf } from './asking-grin.ts'
import { grin } from './gates.ts'
import { plainMessage } from './plain-message.ts'
import { type Tuning, tuned } from './tuning.ts'

const Found = z.object({ books: z.number().int(), changed: z.number().int(), gone: z.number().int() })

// A list of millions takes minutes, and two at once would see each other's half.
const defaults = { ...askingDefaults, concurrency: 1, timeoutMs: 4 * 3_600_000 }

async function survey(_: Infer<typeof Survey>, ctx: GrinContext): Promise<z.infer<typeof Found>> {
  const [client, asking, ledger] = [grinOf(ctx), askingBehind(ctx), ledgerOf(ctx)]
  const found = await ledger.refreshBooks(client.rows('all_books', asking))
  await ledger.refreshState('in process', client.rows('in_process', asking))
  await ledger.refreshState('failed', failures(client.rows('failed', asking)))
  ctx.log.info('The ledger is up to date.', { ...found })
  return found
}

async function* failures(rows: AsyncIterable<ListRow<'failed'>>) {
  for await (const { barcode, fields } of rows) yield { barcode, failure: fields.convert_failed_info }
}

function ledgerOf({ ledger }: GrinContext): Ledger {
  if (ledger) return ledger
  throw new Defect('Unavailable', 'The app has no ledger to keep.')
}

/** Takes the lists of all books into the ledger. */
export const makeSurvey = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: Survey,
      output: Found,
      process: askingGrin(survey),
      behind: [grin],
      ...tuned(defaults, tuning),
    }),
    {
      input: Survey,
      output: Surveyed,
      pre: (value) => value,
      post: ({ at }, found) => Surveyed({ at, ...found }),
      failed: {
        to: Unsurveyed,
        as: ({ at }, { message, details }) =>
          Unsurveyed({ at, reason: [plainMessage(message), details?.['detail']].filter(Boolean).join(' ') }),
      },
    },
  )
