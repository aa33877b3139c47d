import { fractionOf } from '../random.ts'
import type { Standing } from '../standing.ts'

/** What the lists and the search tell of a book; a text is empty where there is nothing to tell. */
export interface BookFacts {
  readonly barcode: string
  readonly scanned: string
  readonly processed: string
  readonly analyzed: string
  readonly ocrd: string
  readonly converted: string
  readonly downloaded: string
  readonly failed: string
  readonly link: string
}

const dayMs = 86_400_000
const firstScanMs = Date.UTC(2008, 0, 1)
const scanningDays = 3650

/** The facts of a book, from the seed and from where it stands. */
export function factsOf(seed: string, barcode: string, standing: Standing): BookFacts {
  const { edition, convertedAt, downloadedAt, failedAt } = standing
  const chance = fractionOf(seed, barcode, edition, 'scanned')
  const scannedAt = firstScanMs + chance * scanningDays * dayMs
  const later = (days: number) => dateOf(scannedAt + (days + chance) * dayMs)
  return {
    barcode,
    scanned: dateOf(scannedAt),
    processed: later(4),
    analyzed: later(9),
    ocrd: later(12),
    converted: dateOf(convertedAt),
    downloaded: dateOf(downloadedAt),
    failed: dateOf(failedAt),
    link: `https://books.google.com/books?id=${idOf(chance)}${barcode.slice(-6)}`,
  }
}

/** `YYYY/MM/DD HH:MM`, in UTC; empty for no time. */
function dateOf(at: number | undefined): string {
  if (at === undefined) return ''
  // Half the time of `toISOString`, of which a long list would mostly consist.
  const date = new Date(at)
  const day = `${date.getUTCFullYear()}/${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}`
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number)
}

function idOf(chance: number): string {
  return Math.floor(chance * 36 ** 6)
    .toString(36)
    .padStart(6, '0')
}
