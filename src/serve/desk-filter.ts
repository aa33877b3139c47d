import * as z from 'zod'
import type { Filter } from '../queue/filter.ts'
import { ownKeys, usualMarks } from '../queue/filter-language/language.ts'
import { parseFilter } from '../queue/filter-language.ts'
import type { Desk } from '../run/desk/desk.ts'
import { knownMarks } from '../run/known-marks.ts'
import { didYouMean } from '../schema/did-you-mean.ts'
import type { Place } from './desk-place.ts'
import { Person } from './review-shapes.ts'

/** The query of a route that finds tasks. */
export const filtering = {
  q: z
    .string()
    .max(4000)
    .optional()
    .meta({
      description:
        'Which tasks, in the language of filters: `class:decrypt age>1d -name:BadChecksum is:overdue`.',
      examples: ['age>1d'],
    }),
  me: Person.optional().meta({ description: 'Who `me` is in `q`.' }),
}

/** The marks that messages on a desk have had, as far as they were asked for. */
const known = new WeakMap<Desk, Set<string>>()

/** The filter that `q` says. Rejects with an `InvalidError` that says where it cannot be read. */
export async function readFilter(
  { backend, desk, clock, workflow }: Place,
  { q = '', me }: { readonly q?: string | undefined; readonly me?: string | undefined },
): Promise<Filter> {
  const reading = { now: Math.floor(clock.now()), me, workflow }
  const filter = parseFilter(q, reading)
  const keys = known.get(desk) ?? new Set<string>(usualMarks)
  known.set(desk, keys)
  const isNew = (name: string) => !keys.has(name)
  const names = Object.keys(filter.marks ?? {})
  if (!names.some(isNew)) return filter
  for (const name of await knownMarks(backend, desk.queue)) keys.add(name)
  // Where no message has such a mark now, it may still be right; but not where it is nearly another.
  const fine = names.filter((name) => isNew(name) && didYouMean(name, [...keys, ...ownKeys]) === '')
  return parseFilter(q, { ...reading, keys: [...keys, ...fine] })
}
