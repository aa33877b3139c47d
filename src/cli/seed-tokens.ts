import type { Seed } from '../app/define-app.ts'
import { sayError } from '../app/say-error.ts'
import { isPipewrightError } from '../queue/errors.ts'
import { sentence } from '../queue/sentence.ts'
import type { WriteQueue } from '../queue/write-queue.ts'
import type { SeedId } from './seed-ids.ts'
import { userName } from './user-name.ts'

/** Counts of the ids that entered, were known, or were refused. */
export interface Seeded {
  entered: number
  /** Ids that the workflow knew already; nothing was changed. */
  known: number
  /** Ids that could not enter; `refused` was called for each. */
  refused: number
}

/** How tokens are to enter. */
export interface Seeding {
  readonly input: WriteQueue<any>
  readonly seed: Seed<any>
  /** Why known ids are to enter anew, for the history; without it they are left as they are. */
  readonly replaceBecause?: string | undefined
  /** Called for each id that is refused, with the reason. The others enter. */
  readonly refused: (id: SeedId, error: unknown) => void
}

/** `seeded` in words: `3 entered, 1 known already`, and how many were refused, if some were. */
export function saySeeded({ entered, known, refused }: Seeded): string {
  return `${entered} entered, ${known} known already${refused > 0 ? `, ${refused} refused` : ''}`
}

// Pushes that are requested together are committed together.
const atOnce = 500

/** Lets a token enter for each of `ids`. Rejects when the ids cannot be read on, or the database cannot take them. */
export async function seedTokens(seeding: Seeding, ids: AsyncIterable<SeedId>): Promise<Seeded> {
  const { input, seed, replaceBecause: reason, refused } = seeding
  const seeded: Seeded = { entered: 0, known: 0, refused: 0 }
  const options = { by: userName(), ...(reason === undefined ? {} : { enter: 'replace' as const, reason }) }
  let together: Promise<void>[] = []
  let failure: { readonly error: unknown } | undefined
  const settle = async () => {
    await Promise.all(together)
    together = []
    if (failure) throw failure.error
  }
  try {
    for await (const id of ids) {
      together.push(enter(id))
      if (together.length >= atOnce) await settle()
    }
    await settle()
  } catch (cause) {
    await Promise.all(together)
    const { entered, known, refused: count } = seeded
    const before = entered + known + count > 0 ? ` Before that, ${saySeeded(seeded)}.` : ''
    throw new Error(`${sentence(sayError(cause))}${before}`, { cause })
  }
  return seeded

  // Never rejects: it is not awaited before the next id is read.
  async function enter(id: SeedId): Promise<void> {
    try {
      await input.push(id.id, await seed.value(id.id), options)
      seeded.entered++
    } catch (error) {
      const code = isPipewrightError(error) ? error.code : undefined
      if (code === 'backend') failure ??= { error }
      else if (code === 'conflict' && reason === undefined) seeded.known++
      else {
        seeded.refused++
        refused(id, error)
      }
    }
  }
}
