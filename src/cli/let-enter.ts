import type { OpenApp } from '../app/open-app.ts'
import { sayError } from '../app/say-error.ts'
import type { Queues } from '../pipeline/make-queues.ts'
import type { Log } from '../run/log.ts'
import { named, type SeedId } from './seed-ids.ts'
import { seedTokens } from './seed-tokens.ts'

/** Lets all ids enter that `app` has now, if it says which; those that cannot are logged. */
export async function letEnter(
  { seed }: Pick<OpenApp, 'seed'>,
  { input }: Pick<Queues<any, any, any, any>, 'input'>,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  if (!seed?.all) return
  const refused = ({ id }: SeedId, error: unknown) =>
    log.error('A token could not enter.', { id, error: sayError(error) })
  const seeded = await seedTokens({ input, seed, refused }, named(seed.all(), signal))
  log.info('Tokens entered.', { ...seeded })
}
