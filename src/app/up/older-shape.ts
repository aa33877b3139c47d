import * as z from 'zod'
import { didYouMean } from '../../schema/did-you-mean.ts'
import { ConfigError, refuseConfig } from '../config/config-error.ts'
import type { GivenConfig } from '../config/config-file.ts'
import { checkConfig } from '../config/read-config.ts'
import type { App, OlderShape } from '../define-app.ts'

/*
 * The older shape of a file: `global` has what all filters know, and each of `filters` is a process with a class, which reads one pipe
 * and writes another. Here a workflow says what leads where; so the pipes are only checked against that. What the words of such a file are
 * in an app, the app says (`older`).
 */

const name = z.string().min(1)
const Older = z.strictObject({
  global: z.record(z.string(), z.string()).default({}),
  filters: z
    .array(z.strictObject({ name, class: name, input_pipe: name.optional(), output_pipe: name.optional() }))
    .default([]),
})
type Filter = z.output<typeof Older>['filters'][number]

/** A file of the older shape, in today's words. */
export interface Translated {
  readonly value: object
  readonly at: GivenConfig['at']
  /** What became of each key, a sentence each, with file and line. */
  readonly notes: readonly string[]
}

/** Whether a file has the older shape. */
export function isOlder(value: object): boolean {
  return 'filters' in value || 'global' in value
}

/** Throws a `ConfigError`, with the line that moves it, for each secret that `raw`, a file before its references are resolved, has itself. */
export function refuseSecrets(
  raw: object,
  { older, path, at }: { older: OlderShape; path: string; at: GivenConfig['at'] },
) {
  const { global } = raw as { global?: unknown }
  if (typeof global !== 'object' || global === null) return
  const faults = Object.entries(global).flatMap(([key, value]) => {
    const known = older.global?.[key]
    if (!known || 'config' in known || isReference(value)) return []
    const place = at(['global', key])
    return [
      `${place}: "global.${key}" is a secret, which no file like this one may have. This line moves it: ${known.move(path)}`,
    ]
  })
  if (faults.length > 0) throw refuseConfig(faults)
}

/** Translates a file of the older shape, whose references are resolved, by what `app` says of it. Throws a `ConfigError`. */
export async function translate(
  file: GivenConfig,
  { older, name }: Pick<App, 'older' | 'name'>,
): Promise<Translated> {
  const { global, filters, ...rest } = file.value as { global?: unknown; filters?: unknown }
  const clash = ['run', 'config'].find((key) => key in rest)
  if (clash !== undefined)
    throw refuseConfig([
      `${file.at([clash])}: "${clash}" cannot be beside "global" and "filters", which say the same.`,
    ])
  const given = { ...(global !== undefined && { global }), ...(filters !== undefined && { filters }) }
  const said = await checkConfig(Older, { ...file, value: given })
  const book = new Book(file, older!, name)
  for (const [key, value] of Object.entries(said.global)) book.takeGlobal(key, value)
  said.filters.forEach((filter, i) => void book.takeFilter(filter, i))
  book.checkPipes(said.filters)
  return book.translated(rest)
}

/** Collects what a file says, fault by fault. */
class Book {
  readonly #file: GivenConfig
  readonly #older: OlderShape
  readonly #app: string
  readonly #notes: string[] = []
  readonly #faults: string[] = []
  readonly #places = new Map<string, readonly PropertyKey[]>()
  readonly #config: Record<string, unknown>
  readonly #env: Record<string, string> = {}
  readonly #run: Record<string, number> = {}

  constructor(file: GivenConfig, older: OlderShape, app: string) {
    this.#file = file
    this.#older = older
    this.#app = app
    this.#config = { ...older.config }
  }

  takeGlobal(key: string, value: string): void {
    const from = ['global', key]
    const known = this.#older.global?.[key]
    if (!known) {
      const keys = Object.keys(this.#older.global ?? {})
      this.#refuse(
        from,
        `"global.${key}" is nothing that ${this.#app} knows; it knows ${keys.join(', ')}.${didYouMean(key, keys)}`,
      )
    } else if ('config' in known) {
      this.#config[known.config] = value
      this.#note(from, `"global.${key}" is "config.${known.config}".`)
      this.#places.set(`config.${known.config}`, from)
    } else {
      this.#env[known.env] = value
      this.#note(from, `"global.${key}" is the variable ${known.env} of all processes.`)
    }
  }

  takeFilter(filter: Filter, i: number): void {
    const stage = this.#stageOf(filter.class)
    const from = ['filters', i]
    if (stage === undefined) {
      const classes = Object.keys(this.#older.classes)
      return this.#refuse(
        [...from, 'class'],
        `No stage of ${this.#app} is called ${filter.class}; it knows ${classes.join(', ')}.${didYouMean(filter.class, classes)}`,
      )
    }
    this.#run[stage] = (this.#run[stage] ?? 0) + 1
    this.#places.set(`run.${stage}`, from)
    this.#note(
      from,
      `The filter "${filter.name}" is a process of the stage ${stage}; its pipes are queues, which the workflow connects.`,
    )
  }

  /** A pipe between two filters has to lead the way that the workflow goes. */
  checkPipes(filters: readonly Filter[]): void {
    const order = [...new Set(Object.values(this.#older.classes))]
    const rank = ({ class: name }: Filter) => order.indexOf(this.#stageOf(name) ?? '')
    filters.forEach((reader, i) => {
      const before = filters.find(
        ({ output_pipe }) => output_pipe !== undefined && output_pipe === reader.input_pipe,
      )
      if (!before || rank(before) < 0 || rank(reader) < 0 || rank(before) < rank(reader)) return
      this.#refuse(
        ['filters', i, 'input_pipe'],
        `The filter "${reader.name}" reads what "${before.name}" writes, but in ${this.#app} the order is ${order.join(', ')}.`,
      )
    })
    for (const stage of order)
      if (!(stage in this.#run))
        this.#notes.push(`No filter is for the stage ${stage}; the process worker does it.`)
  }

  translated({ env, ...rest }: { readonly env?: unknown }): Translated {
    if (this.#faults.length > 0) throw refuseConfig(this.#faults)
    return {
      value: { ...rest, config: this.#config, run: this.#run, env: { ...(env as object), ...this.#env } },
      at: (keys) => this.#file.at(this.#places.get(keys.slice(0, 2).map(String).join('.')) ?? keys),
      notes: this.#notes,
    }
  }

  #stageOf(name: string): string | undefined {
    const { classes } = this.#older
    if (Object.hasOwn(classes, name)) return classes[name]
    return Object.values(classes).find((stage) => stage.toLowerCase() === name.toLowerCase())
  }

  #note(keys: readonly PropertyKey[], sentence: string): void {
    this.#notes.push(`${this.#file.at(keys)}: ${sentence}`)
  }

  #refuse(keys: readonly PropertyKey[], sentence: string): void {
    this.#faults.push(`${this.#file.at(keys)}: ${sentence}`)
  }
}

// A text that has anything beside the reference may be a passphrase.
function isReference(value: unknown): boolean {
  return typeof value === 'string' && /^\$\{(?:env|file):[^}]+\}$/.test(value)
}

/** What `app` says of the older shape. Throws a `ConfigError` if it says nothing. */
export function olderOf({ older, name }: App, { at }: GivenConfig): OlderShape {
  if (older) return older
  throw new ConfigError(
    `${at([])}: This file has the older shape, with "global" and "filters", which the app "${name}" does not know (\`older\` of defineApp).`,
  )
}
