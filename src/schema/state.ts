import type { Demand } from './demand.ts'
import type { FieldFault } from './field-fault.ts'
import { andThen, checkSchema, type Infer, type MaybePromise, type Result, type Schema } from './schema.ts'

/** A value that says which state it is in. */
export interface Tagged<Tag extends string = string> {
  readonly tag: Tag
}

/** The names of the states that `Value` can be in. */
export type TagOf<Value> = Value extends Tagged<infer Tag> ? Tag : never

/** A schema of values in any of several states. */
export interface States<Value extends Tagged = any> extends Schema<Value> {
  readonly tags: readonly string[]
  /** The schema of the fields of each state, by tag. */
  readonly fields: Readonly<Record<string, Schema>>
}

/** A schema of values in one state, and the constructor of those values. */
export interface State<Tag extends string, Fields> extends States<Flat<Tagged<Tag> & Fields>> {
  (fields: Fields): Flat<Tagged<Tag> & Fields>
  readonly tags: readonly [Tag]
}

type Flat<T> = { readonly [K in keyof T]: T[K] } & {}

/**
 * A schema that `state` takes. A function that makes states of the schemas of its callers asks for one, so that the
 * compiler checks them where it is called.
 */
export type StateSchema<Fields, Input = Fields> = Schema<Fields, Input> & Demand<FieldFault<Fields, Input>>

/**
 * The state named `tag`, with the fields that `schema` describes. Every field must survive JSON, none may be
 * called `tag`, and the schema must accept what it returns (defaults are fine, a transform to another type is not):
 * else it does not compile. Throws a `TypeError` if the tag is empty.
 */
export function state<const Tag extends string, Fields, Input>(
  tag: Tag,
  schema: Schema<Fields, Input> & Demand<FieldFault<Fields, Input>>,
): State<Tag, Fields> {
  checkSchema(`State "${tag}" needs a schema of an object`, schema)
  if (tag === '') throw new TypeError('A state needs a name: state("") is empty.')
  const construct = (fields: object) => copyFields({ tag }, fields)
  const members = {
    tags: [tag],
    fields: { [tag]: schema },
    '~standard': { version: 1, vendor: 'pipewright', validate },
  }
  return Object.assign(construct, members) as unknown as State<Tag, Fields>

  function validate(value: unknown): MaybePromise<Result<unknown>> {
    if (!isTagged(value) || value.tag !== tag) return wrongState(value, [tag])
    const fields = copyFields({}, value)
    return andThen((schema as Schema<object>)['~standard'].validate(fields), (result) =>
      result.issues ? result : { value: construct(result.value) },
    )
  }
}

// Three of these happen at every hop, and a spread with one more property costs three times as much.
function copyFields(target: Record<string, unknown>, source: object): object {
  for (const key of Object.keys(source)) {
    const value = (source as Record<string, unknown>)[key]
    if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true })
    else if (key !== 'tag') target[key] = value
  }
  return target
}

// A sentence about `never` is `never`: no fault.
type TwoShapes<Value, All> = unknown extends All
  ? never
  : `oneOf() was given two different states that are both called "${TagOf<Exclude<All, Value>> & TagOf<Value>}".`

type Shapes<S extends readonly States[]> = {
  [K in keyof S & `${number}`]: TwoShapes<Infer<S[K]>, Infer<S[number]>>
}[keyof S & `${number}`]

/**
 * Any one of `states`. Two of them that have the same tag and other fields do not compile; throws a `TypeError` if two
 * have the same tag but are not the same state.
 */
export function oneOf<const S extends readonly [States, ...States[]]>(
  ...states: S & Demand<Shapes<S>>
): States<Infer<S[number]>> {
  const byTag = new Map<string, States>()
  for (const each of states) {
    for (const tag of each.tags) {
      const known = byTag.get(tag)
      if (known && known.fields[tag] !== each.fields[tag]) {
        throw new TypeError(`oneOf() was given two different states that are both called "${tag}".`)
      }
      byTag.set(tag, each)
    }
  }
  const tags = [...byTag.keys()]
  const fields = Object.fromEntries(states.flatMap((each) => Object.entries(each.fields)))
  return { tags, fields, '~standard': { version: 1, vendor: 'pipewright', validate } }

  function validate(value: unknown) {
    const one = isTagged(value) ? byTag.get(value.tag) : undefined
    return one ? one['~standard'].validate(value) : wrongState(value, tags)
  }
}

/** Whether `value` is an object with a string `tag`. */
export function isTagged(value: unknown): value is Tagged {
  return typeof value === 'object' && value !== null && 'tag' in value && typeof value.tag === 'string'
}

/** Whether `schema` is one of states. */
export function isStates(schema: Schema | undefined): schema is States {
  return schema !== undefined && 'tags' in schema && Array.isArray(schema.tags)
}

function wrongState(value: unknown, tags: readonly string[]) {
  const found = isTagged(value) ? `state "${value.tag.slice(0, 100)}"` : 'a value without a tag'
  const wanted = tags.map((tag) => `"${tag}"`).join(' or ')
  return { issues: [{ message: `expected state ${wanted}, found ${found}` }] }
}
