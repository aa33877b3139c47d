import type { CronSeed, Feed, Infer } from 'pipewright'
import { type Grin, openGrin } from '../grin/grin.ts'
import { loginWith } from '../grin/login.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { surveyId } from '../ledger/survey-id.ts'
import { Survey } from '../states/survey.ts'
import type { BooksConfig } from './config.ts'
import { lazy } from './lazy.ts'

/** A library at GRIN: how it is asked, and what is known of its books. */
export interface LibraryOfGrin {
  readonly client: Grin
  /** Opens the ledger when it is first asked for. */
  readonly ledger: () => Ledger
  /** The survey that is due before the first one by the clock; none once the ledger has been filled. */
  readonly firstSurvey: () => readonly string[]
  /** All books, a few at a time, where the config wants all. */
  readonly feed: Feed | undefined
  /** Lets a survey enter at its times. */
  readonly cron: { readonly survey: CronSeed<Infer<typeof Survey>> }
  readonly close: () => void
}

/** The library that the config names. */
export function libraryOfGrin(config: NonNullable<BooksConfig['grin']>): LibraryOfGrin {
  const { base, directory, credentials, wanted, underWay, ledger: path, survey } = config
  const ledger = lazy(() => openLedger(path))
  return {
    client: openGrin({ base, directory, login: loginWith(credentials) }),
    ledger: ledger.get,
    firstSurvey: () => (ledger.get().refreshedAt() === undefined ? [surveyId(minute(new Date()))] : []),
    feed: wanted === 'all' ? feedOf(ledger.get, underWay) : undefined,
    cron: {
      survey: {
        at: survey,
        value: (slot) => Survey({ at: minute(slot) }),
        id: (slot) => surveyId(minute(slot)),
      },
    },
    close: () => ledger.opened()?.close(),
  }
}

function feedOf(ledger: () => Ledger, underWay: number): Feed {
  return {
    underWay,
    *next(count) {
      for (const { barcode, isStored } of ledger().next(count))
        yield isStored ? { id: barcode, again: 'GRIN has converted it anew' } : barcode
    },
    entered: (barcodes) => ledger().want(barcodes),
  }
}

function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16)}Z`
}
