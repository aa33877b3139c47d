import { escapeControls } from '../app/escape-controls.ts'
import type { OpenApp } from '../app/open-app.ts'
import { planEntry } from '../queue/write-queue.ts'
import { whereIs } from './screen/where-is.ts'
import type { SeedId } from './seed-ids.ts'
import type { Seeded, Seeding } from './seed-tokens.ts'

/** How ids would enter, and where the result for each is printed. */
export interface DrySeeding extends Omit<Seeding, 'input'> {
  readonly print: (line: string) => void
}

/** What `seedTokens` would do with each of `ids`. Changes nothing, and makes no queues. */
export async function drySeed(
  { backend, name, entry }: OpenApp,
  { seed, replaceBecause, refused, print }: DrySeeding,
  ids: AsyncIterable<SeedId>,
): Promise<Seeded> {
  const enter = entry()
  const seeded: Seeded = { entered: 0, known: 0, refused: 0 }
  for await (const each of ids) {
    const { id } = each
    try {
      await planEntry(enter, { id, value: await seed.value(id), deploy: 0 }, {})
    } catch (error) {
      seeded.refused++
      refused(each, error)
      continue
    }
    const known = await backend.journey(name, id, { limit: 1 })
    const isLeft = known !== undefined && replaceBecause === undefined
    seeded[isLeft ? 'known' : 'entered']++
    const what = !known ? 'would enter' : isLeft ? 'would stay as it is' : 'would enter anew'
    print(escapeControls(`${id}: ${what}${known ? `; it ${whereIs(known)}` : ''}`))
  }
  return seeded
}
