import type { Demand } from './demand.ts'

/** The part of https://standardschema.dev that queues rely on: zod, valibot and arktype all have it. */
export interface Schema<Value = any, Input = any> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    /** Checks `value`, and gives what it becomes or what is wrong with it. */
    readonly validate: (value: unknown) => Result<Value> | Promise<Result<Value>>
    readonly types?: { readonly input: Input; readonly output: Value } | undefined
  }
}

/** What validating gives: the value, or the issues that were found in it. */
export type Result<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

/** One thing that is wrong with a value, and where. */
export interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The type of the values that `S` accepts and returns. */
export type Infer<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/** What is asked of a schema whose values have one type on both sides of it: that it accepts what it returns. */
export type Repeatable<Value, Input> = Demand<
  [Value] extends [Input]
    ? never
    : 'This schema changes the type of its value, and would not accept it again: let a function do that.'
>

/** Throws a `TypeError` that begins with `needs` if `schema` is none: not every caller uses a compiler. */
export function checkSchema(needs: string, schema: unknown): void {
  const { validate } = Object(Object(schema)['~standard'])
  if (typeof validate !== 'function') throw new TypeError(`${needs}, such as z.object({ ... }).`)
}

/** A promise, or what it would resolve to: validation and planning stay synchronous where they can. */
export type MaybePromise<T> = T | PromiseLike<T>

/** Whether `value` has to be awaited. As for `await`, what has a `then` is a promise, of any library or realm. */
export function isPromised<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  const holds = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return holds && 'then' in value && typeof value.then === 'function'
}

/** Goes on with `value` at once if it is there, and when it comes if it is promised. */
export function andThen<A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return isPromised(value) ? Promise.resolve(value).then(next) : next(value)
}

/** One line that names every issue and its place: `pages.0.name: expected string; size: too big`. */
export function sayIssues(issues: readonly Issue[]): string {
  return issues.map((issue) => `${sayPath(issue)}${issue.message}`).join('; ')
}

function sayPath(issue: Issue): string {
  const { path } = plainIssue(issue)
  return path?.length ? `${path.map(String).join('.')}: ` : ''
}

/** What `issue` says, with the keys that lead there, and nothing else that its library knows, such as the input. */
export function plainIssue({ message, path }: Issue): Issue {
  if (!path) return { message }
  const keys = Array.from(path, (step) => (typeof step === 'object' ? step.key : step))
  return { message, path: keys.map((key) => (typeof key === 'symbol' ? String(key) : key)) }
}
