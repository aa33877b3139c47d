import type { WorkContext } from 'pipewright'
import type { BookContext } from '../context.ts'
import type { Ledger } from './ledger.ts'

/** Notes something in the ledger, if the app keeps one. It can be had again from GRIN, so no book stops for it. */
export function note(
  { ledger, log }: BookContext & Pick<WorkContext, 'log'>,
  act: (ledger: Ledger) => void,
): void {
  if (!ledger) return
  try {
    act(ledger)
  } catch (error) {
    log.warn('The ledger could not be written.', { error: (error as Error).message })
  }
}
