import type { Push } from '../queue/change.ts'
import type { QueueSpec } from '../queue/declaration.ts'
import { InvalidError } from '../queue/errors.ts'
import type { GateSpec } from '../queue/gate.ts'
import type { Lens } from '../queue/lens.ts'
import type { Plan } from '../queue/plan.ts'
import { andThen, isPromised, type MaybePromise } from '../schema/schema.ts'
import { gate, type LimitOptions, type StandsBehind } from './gate.ts'

/** The gates of a stage, and which of them its queue stands behind. */
export interface Stand {
  readonly gates: readonly GateSpec[]
  readonly behind: QueueSpec['behind']
}

/** What the options of the stage at `queue` ask of gates. */
export function standOf<In>(queue: string, { limit, behind = [], frees = [] }: LimitOptions<In>): Stand {
  const { concurrency, perKey, ...others } = limit ?? {}
  const each = `${queue} per key`
  const own = limit && (concurrency !== undefined || Object.keys(others).length > 0)
  const places = behind.map(placeOf)
  const stands = [
    ...(perKey ? [{ gate: each, per: 'key' as const }] : []),
    ...places.map(({ gate: { name }, until }) => ({ gate: name, ...(until && { until }) })),
  ]
  return {
    gates: [
      ...(own ? [gate(queue, { ...others, limit: concurrency })] : []),
      ...(perKey ? [gate(each, { limit: perKey.concurrency, rate: perKey.rate })] : []),
      ...places.map((place) => place.gate),
      ...frees,
    ],
    behind: stands.length === 0 ? undefined : stands,
  }
}

/**
 * `plan`, whose pushes into the queue of a stage say what its options ask: key, units and what is freed. What these are worked out
 * from is what `pre` makes of the state; where that fails, the message has no key and asks for one unit, and its
 * stage finds the fault.
 */
export function markPush<In>(
  plan: Plan<any>,
  queue: string,
  { lens, options }: { readonly lens: Lens<In, any>; readonly options: LimitOptions<In> },
): Plan<any> {
  const { key, behind = [], frees } = options
  const asking = behind.map(placeOf).filter(({ units }) => units)
  if (!key && asking.length === 0 && !frees) return plan
  const names = frees?.map(({ name }) => name)
  const marksOf = (value: In, id: string): Partial<Push> => ({
    ...(key && { key: checkedKey(key(value), { queue, id }) }),
    ...(asking.length > 0 && { tolls: tollsOf(asking, value, { queue, id }) }),
  })
  const marked: Plan<any> = (token, value) =>
    andThen(plan(token, value), (changes) =>
      andThen(opened(lens, changes.find(isInto(queue))), (found) => {
        const marks = { ...(found && marksOf(found.value, token.id)), ...(names && { frees: names }) }
        return changes.map((change) => (isInto(queue)(change) ? { ...change, ...marks } : change))
      }),
    )
  return Object.assign(marked, plan.schema && { schema: plan.schema })
}

interface At {
  readonly queue: string
  readonly id: string
}

function placeOf<In>(behind: GateSpec | StandsBehind<In>): StandsBehind<In> {
  return 'gate' in behind ? behind : { gate: behind }
}

function isInto(queue: string) {
  return (change: { readonly kind: string }): change is Push =>
    change.kind === 'push' && (change as Push).queue === queue
}

function opened<In>(
  { open }: Lens<In, any>,
  push: Push | undefined,
): MaybePromise<{ readonly value: In } | undefined> {
  if (!push) return undefined
  try {
    const value = open(push.value, push.token.id)
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
    `The key of token "${at.id}" in queue "${at.queue}" is ${String(key)}; it is a text.`,
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
