import type { Held } from '../../queue/held.ts'
import type { Hold } from '../lease/hold.ts'
import type { Runtime } from '../runtime.ts'
import type { Children } from '../work/children.ts'
import type { CheckedOptions, Work } from '../work/work.ts'
import type { Grace } from './grace.ts'

/** Where outcomes are settled, and until when. */
export interface Settling {
  readonly work: CheckedOptions & Pick<Work<any, any>, 'queue' | 'event' | 'gates'>
  readonly runtime: Runtime
  readonly grace: Pick<Grace, 'endsAt'>
}

/** What has ended. */
export interface Ended<In, Out> {
  readonly held: Held<In, Out>
  readonly hold: Hold
  /** The number of the attempt, from 1. */
  readonly number: number
  /** Elapsed milliseconds. */
  readonly startedAt: number
  readonly workMs?: number | undefined
  readonly children?: Children | undefined
}

/** A message that was leased and on which nothing was begun that is to be counted. */
export function unbegun<In, Out>(held: Held<In, Out>, hold: Hold): Ended<In, Out> {
  return { held, hold, number: held.row.attempts + 1, startedAt: hold.askedAt }
}

/** Why an outcome was not recorded: its lease was lost, or it is left to run out since `error` stands in the way. */
export type Unsettled = { readonly kind: 'lost' } | { readonly kind: 'left'; readonly error: unknown }
