import type { Decision, Decisions, Desk } from '../run/desk/desk.ts'
import { openDesk } from '../run/desk/open-desk.ts'
import type { Demand } from '../schema/demand.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import { checkSchema, isPromised, type Repeatable, type Result, type Schema } from '../schema/schema.ts'
import { type Faceted, leaf, type Stage, type StageOptions } from './stage.ts'

// A sentence about `never` is `never`: no fault.
type DecisionFault<D> = keyof D extends never
  ? 'A review needs at least one decision.'
  : `Decision "${Unfit<D>}" needs a schema of an object, such as z.object({ ... }).`

type Unfit<D> = { [K in keyof D & string]: [D[K]] extends [Schema<object>] ? never : K }[keyof D & string]

/** Any decisions where `D` has a fault, so that only that fault is reported. */
type Sound<D> = D extends Decisions ? D : Decisions

/**
 * A stage that a person carries out at a desk. The decisions are the typed edges: `post` of the wrapper gets
 * `{ decision: 'redo', note: '...' }`, and buttons, forms, API and audit follow from the same schemas.
 */
export function review<In, const D extends Readonly<Record<string, object>>, InRaw = In>(
  definition: StageOptions &
    Faceted<In> & {
      readonly input: Schema<In, InRaw> & Repeatable<In, InRaw>
      readonly decisions: D & Demand<DecisionFault<D>>
    },
): Stage<In, Decision<Sound<D>>, Desk<In, Sound<D>>, unknown> {
  refuseUnread('A review has', definition, reviewKeys)
  const { input } = definition
  const decisions = definition.decisions as object as Sound<D>
  const names = Object.keys(decisions)
  if (names.length === 0) throw new TypeError('A review needs at least one decision.')
  for (const name of names) checkSchema(`Decision "${name}" needs a schema of an object`, decisions[name])
  return leaf({
    input,
    output: decisionSchema(decisions),
    options: definition,
    decisions,
    role: 'review',
    artifact: (place) => openDesk({ ...place, input, decisions }),
  })
}

const reviewKeys = keysOf<Parameters<typeof review>[0]>({
  input: true,
  decisions: true,
  was: true,
  values: true,
  facets: true,
  text: true,
})

function decisionSchema<D extends Decisions>(decisions: D): Schema<Decision<D>> {
  return { '~standard': { version: 1, vendor: 'pipewright', validate } }

  function validate(value: unknown): Result<Decision<D>> | Promise<Result<Decision<D>>> {
    const { decision, ...fields } = Object(value) as { decision?: unknown }
    const schema =
      typeof decision === 'string' && Object.hasOwn(decisions, decision) ? decisions[decision] : undefined
    if (!schema) return { issues: [{ message: `expected a decision: ${Object.keys(decisions).join(', ')}` }] }
    const decided = (result: Result<object>): Result<Decision<D>> =>
      result.issues ? result : { value: { ...result.value, decision } as unknown as Decision<D> }
    const checked = schema['~standard'].validate(fields)
    return isPromised(checked) ? Promise.resolve(checked).then(decided) : decided(checked)
  }
}
