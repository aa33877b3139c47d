import { isPipewrightError } from '../queue/errors.ts'
import type { WriteQueue } from '../queue/write-queue.ts'
import type { Seed } from './define-app.ts'
import { userName } from './user-name.ts'

/** What became of the ids that were to enter. */
export interface Seeded {
  entered: number
  /** Ids that the workflow knew already; nothing was changed. */
  known: number
}

// Pushes that are asked for together are committed together.
const atOnce = 500

/** Lets a token enter for each of `ids`. Known ids are left as they are, or entered anew with `replace`. */
export async function seedTokens(
  input: WriteQueue<any>,
  seed: Seed<any>,
  ids: Iterable<string> | AsyncIterable<string>,
  replace = false,
): Promise<Seeded> {
  const seeded: Seeded = { entered: 0, known: 0 }
  const by = userName()
  let together: Promise<boolean>[] = []
  const settle = async () => {
    const results = await Promise.allSettled(together)
    together = []
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason
      seeded[result.value ? 'entered' : 'known']++
    }
  }
  for await (const id of ids) {
    together.push(enter(id))
    if (together.length >= atOnce) await settle()
  }
  await settle()
  return seeded

  async function enter(id: string): Promise<boolean> {
    try {
      await input.push(id, await seed.value(id), { enter: replace ? 'replace' : 'refuse', by })
      return true
    } catch (error) {
      if (isPipewrightError(error) && error.code === 'conflict' && !replace) return false
      throw error
    }
  }
}
