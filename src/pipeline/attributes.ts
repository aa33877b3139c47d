import { excerpt } from '../queue/check-text.ts'
import { InvalidError } from '../queue/errors.ts'
import type { Lens } from '../queue/lens.ts'
import type { Attributes, AttributesOf } from '../queue/plan.ts'
import { andThen, isPromised, type MaybePromise } from '../schema/schema.ts'
import type { MarksOf } from './facets.ts'
import { type LimitOptions, placeOf, type StandsBehind } from './gate.ts'
import type { OfStored } from './of-state.ts'

/** What a stage has to say of the messages that come to it. */
interface Saying<In> {
  readonly facets: MarksOf | undefined
  readonly text: OfStored<string | undefined> | undefined
  readonly lens: Pick<Lens<In, any>, 'open'>
  readonly options: LimitOptions<In>
}

/**
 * Makes what the messages of a stage have beside their values, as its options say; undefined if they say nothing. Key and units are
 * worked out of what `pre` makes of the state; where that fails, the message has no key and asks for one unit, and its
 * stage finds the fault.
 */
export function attributesOf<In>(
  queue: string,
  { facets, text, lens, options }: Saying<In>,
): AttributesOf | undefined {
  const { key, behind = [], frees } = options
  const asking = behind.map(placeOf).filter(({ units }) => units)
  const passing = key || asking.length > 0 ? { key, asking } : undefined
  if (!facets && !text && !passing && !frees) return undefined
  const fixed: Attributes = frees ? { frees: frees.map(({ name }) => name) } : {}
  return (stored, id) =>
    andThen(facets?.(stored, id), (marks) =>
      andThen(text?.(stored), (words) =>
        andThen(passing && opened(lens, stored, id), (found) => ({
          ...fixed,
          ...(marks && { marks }),
          ...(words !== undefined && { text: words }),
          ...(found && passing && passingOf(passing, found.value, { queue, id })),
        })),
      ),
    )
}

interface At {
  readonly queue: string
  readonly id: string
}

interface Passing<In> {
  readonly key: LimitOptions<In>['key']
  readonly asking: readonly StandsBehind<In>[]
}

function passingOf<In>({ key, asking }: Passing<In>, value: In, at: At): Attributes {
  return {
    ...(key && { key: checkedKey(key(value), at) }),
    ...(asking.length > 0 && { tolls: tollsOf(asking, value, at) }),
  }
}

function opened<In>(
  { open }: Pick<Lens<In, any>, 'open'>,
  stored: unknown,
  id: string,
): MaybePromise<{ readonly value: In } | undefined> {
  try {
    const value = open(stored, id)
    if (!isPromised(value)) return { value }
    return Promise.resolve(value).then(
      (value) => ({ value }),
      () => undefined,
    )
  } catch {
    return undefined
  }
}

function checkedKey(key: unknown, at: At): string {
  if (typeof key === 'string' && key !== '') return key
  throw new InvalidError(
    `The key of token "${at.id}" in queue "${at.queue}" is ${excerpt(key)}; it is a text of 1 to 500 characters.`,
    at,
  )
}

function tollsOf<In>(
  asking: readonly StandsBehind<In>[],
  value: In,
  at: At,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    asking.map(({ gate: { name }, units }) => {
      const asked = units!(value)
      if (Number.isFinite(asked) && asked >= 0) return [name, Math.max(1, Math.ceil(asked))]
      const sentence = `Token "${at.id}" asks for ${asked} units at gate "${name}"`
      throw new InvalidError(`${sentence}; it is a number from 0.`, at)
    }),
  )
}
