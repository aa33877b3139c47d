import type { FedAgain, Feed } from '../../app/feed.ts'
import type { OpenApp } from '../../app/open-app.ts'
import { sayError } from '../../app/say-error.ts'
import type { Queues } from '../../pipeline/make-queues.ts'
import type { Log } from '../../run/log.ts'
import { countsOf } from '../counts-of.ts'
import type { SeedId } from '../seed-ids.ts'
import { type Seeded, seedTokens } from '../seed-tokens.ts'
import { totalsOf } from '../supervise/idleness.ts'
import { Unfinished } from './unfinished.ts'

type Ends = Pick<Queues<any, any, any, any>, 'input'>

/** How many ids are asked for at once. */
const atOnce = 1000

/**
 * Lets tokens of the app's feed enter until as many are under way as it says, or until it has no more for now. Resolves with how many
 * have entered.
 */
export async function feed(
  { seed, backend, name }: Pick<OpenApp, 'seed' | 'backend' | 'name'>,
  { input }: Ends,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<number> {
  const feeding = seed?.feed
  if (!seed || !feeding) return 0
  const unfinished = new Unfinished(backend, name)
  let missing = feeding.underWay - totalsOf(await countsOf(backend, name)).working
  let entered = 0
  while (missing > 0 && !signal.aborted) {
    const passed = unfinished.size
    const asked = Math.min(missing, atOnce)
    const next = await nextOf(feeding, asked + passed)
    const ids = (await unfinished.without(next)).slice(0, asked)
    const refused = ({ id }: SeedId, error: unknown) =>
      log.error('A token could not enter.', { id, error: sayError(error) })
    const some = await seedAll({ input, seed, refused }, ids)
    await feeding.entered?.(ids.map((each) => (typeof each === 'string' ? each : each.id)))
    entered += some.entered
    missing -= some.entered
    // Ids that it says are next though they have all been refused, or known, would come for ever.
    if (next.length < asked + passed || (some.entered === 0 && unfinished.size === passed)) break
  }
  if (entered > 0) log.info('Tokens entered, as fewer were under way than are to be.', { entered })
  return entered
}

async function nextOf({ next }: Feed, count: number): Promise<readonly (string | FedAgain)[]> {
  const ids: (string | FedAgain)[] = []
  for await (const id of next(count)) {
    ids.push(id)
    if (ids.length === count) break
  }
  return ids
}

/** Those that enter again have a reason each, so they enter one by one. */
async function seedAll(
  seeding: Parameters<typeof seedTokens>[0],
  ids: readonly (string | FedAgain)[],
): Promise<Seeded> {
  const fresh = ids.filter((id) => typeof id === 'string')
  const seeded = await seedTokens(seeding, each(fresh))
  for (const one of ids) {
    if (typeof one === 'string') continue
    const { entered, known, refused } = await seedTokens(
      { ...seeding, replaceBecause: one.again },
      each([one.id]),
    )
    seeded.entered += entered
    seeded.known += known
    seeded.refused += refused
  }
  return seeded
}

async function* each(ids: readonly string[]): AsyncGenerator<SeedId> {
  for (const id of ids) yield { id }
}
