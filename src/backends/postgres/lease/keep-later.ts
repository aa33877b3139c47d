import type { Fence } from '../../../queue/change.ts'
import type { Database } from '../server/database.ts'

/** The number of the token of a lease that this process does not know of; undefined if it cannot be found out. */
export async function findToken(database: Database, { queue, id }: Fence): Promise<number | undefined> {
  try {
    return await database.read(async ({ queues, rows }) => {
      const [found] = await rows<{ token: number }>(
        'select token from pw_ids where workflow = $1 and id = $2',
        queues.find(queue)?.workflow ?? '',
        id,
      )
      return found?.token
    })
  } catch {
    // Its answer will be refused with the reason, if its time runs out meanwhile.
    return undefined
  }
}

/** Has a lease kept as soon as its token is known, unless the function that is returned is called before. */
export function keepLater(
  finding: Promise<number | undefined>,
  keep: (token: number) => () => void,
): () => void {
  let isKept = true
  let release = () => {}
  void finding.then((token) => {
    if (isKept && token !== undefined) release = keep(token)
  })
  return () => {
    isKept = false
    release()
  }
}
