import { isMarkName } from '../queue/check-marks.ts'
import { excerpt } from '../queue/check-text.ts'
import { InvalidError } from '../queue/errors.ts'
import { type Marks, ownMarks } from '../queue/marks.ts'
import { andThen, type MaybePromise } from '../schema/schema.ts'
import type { Facets } from './facet.ts'
import { ofState } from './of-state.ts'
import type { Wrapper } from './pipeline.ts'

const maxTextLength = 200

/** Makes the marks of a message of what is stored in it. */
export type MarksOf = (stored: unknown, id: string) => MaybePromise<Marks>

/**
 * Makes the marks of a message in the queue of a stage: of the whole state, if the wrapper directly around it has facets, else of what
 * `pre` makes of that, which is what the stage gets. Undefined if neither has any.
 */
export function facetsOf(
  queue: string,
  own: ((value: any) => Facets) | undefined,
  wrapper: Pick<Wrapper, 'facets' | 'pre'> | undefined,
): MarksOf | undefined {
  const make = ofState(own, wrapper?.facets, wrapper?.pre)
  return make && ((stored, id) => andThen(make(stored), (facets) => marksOf(facets, { queue, id })))
}

function marksOf(facets: Facets, at: { readonly queue: string; readonly id: string }): Marks {
  const marks: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(facets ?? {})) {
    if (!isMarkName(name) || ownMarks.some((own) => own === name))
      throw new InvalidError(
        `The facets of token "${at.id}" in queue "${at.queue}" have one called ${excerpt(name)}; a facet is called a letter, then up to 63 letters, digits, "_" or "-", and neither "print" nor "source".`,
        at,
      )
    const kept = plainOf(value)
    if (kept !== undefined) marks[name] = kept
  }
  return marks
}

function plainOf(value: unknown): string | number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const text = [...value.replace(/[\p{Cc}\p{Cs}]+/gu, ' ')].slice(0, maxTextLength).join('').trim()
  return text === '' ? undefined : text
}
