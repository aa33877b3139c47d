import { oneByOne } from '../server/together.ts'
import { fetchBoxes } from './fetch-boxes.ts'
import { fetchGates, fetchPaid } from './fetch-gates.ts'
import { fetchLanes } from './fetch-lanes.ts'
import { fetchRecords } from './fetch-records.ts'
import { fetchTokens } from './fetch-tokens.ts'
import type { Needs } from './needs.ts'
import type { Reading } from './reading.ts'

/*
 * Reads what a transaction needs and has not read yet, and locks what others might change, in one order everywhere, so that no two
 * transactions wait for each other: gates by number, lanes by number, tokens by number, records. What is needed later, when something of
 * these is locked already, is locked only if that is possible at once; else the transaction begins again, with all needs that are known by
 * then.
 */

/** Reads `needs`, in one round trip where that can be. With `isLater` nothing waits for a lock. */
export async function fetch(
  from: Pick<Reading, 'session' | 'fetched' | 'hasZone'>,
  needs: Needs,
  isLater: boolean,
): Promise<void> {
  const reading = { ...from, needs, lock: isLater ? 'for update nowait' : 'for update' }
  let tokens: readonly number[] = []
  // What has to be found before it can be locked would be locked after what comes behind it.
  const together = needs.haveToBeFound ? oneByOne : from.session.together
  await together([
    () => drawNumbers(reading, 'tokens'),
    () => drawNumbers(reading, 'revisions'),
    () => fetchGates(reading),
    () => fetchLanes(reading),
    async () => {
      tokens = await fetchTokens(reading)
    },
    () => fetchRecords(reading),
    () => fetchBoxes(reading),
  ])
  await fetchPaid(reading, tokens)
}

const sequences = { tokens: 'pw_token_numbers', revisions: 'pw_revisions' }

async function drawNumbers({ session, fetched, needs }: Reading, of: keyof typeof sequences): Promise<void> {
  const count = needs.drawn[of]
  if (count === 0) return
  const sql = `select nextval('${sequences[of]}') as number from generate_series(1, $1::integer)`
  for (const { number } of await session.rows<{ number: number }>(sql, count)) fetched.drawn[of].push(number)
}
