import { longestText } from '../queue/text.ts'
import { andThen } from '../schema/schema.ts'
import { type OfStored, ofState } from './of-state.ts'
import type { Wrapper } from './pipeline.ts'

/** Makes the text by whose words the messages of a stage are found; undefined if neither it nor its wrapper has any. */
export function textOf(
  own: ((value: any) => string) | undefined,
  wrapper: Pick<Wrapper, 'text' | 'pre'> | undefined,
): OfStored<string | undefined> | undefined {
  const make = ofState<unknown>(own, wrapper?.text, wrapper?.pre)
  return make && ((stored) => andThen(make(stored), keptText))
}

function keptText(text: unknown): string | undefined {
  return typeof text === 'string' && text !== '' ? text.slice(0, longestText) : undefined
}
