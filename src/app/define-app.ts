import type { Queues } from '../pipeline/make-queues.ts'
import type { CtxOf, InOf, OutOf, StatePipeline } from '../pipeline/pipeline.ts'
import type { Backend } from '../queue/backend.ts'
import type { Journey } from '../queue/journey.ts'
import type { CronSeed } from '../run/cron/cron-seed.ts'
import type { Log } from '../run/log.ts'
import type { Done } from '../run/output/done.ts'
import type { Keep } from '../run/output/keep.ts'
import type { MaybePromise, Schema } from '../schema/schema.ts'
import type { ServedBackend } from '../serve/make-reviews.ts'
import type { ServerTls } from '../serve/tls.ts'
import type { AppCommand } from './app-command.ts'
import type { Feed } from './feed.ts'
import type { Upkeep } from './upkeep.ts'

/** A module that the CLI runs: which workflow, on which backend, with what. Its default export. */
export interface App<Config = any, W extends StatePipeline = any> {
  readonly kind: 'app'
  /** The workflow's name: its queues are called `name/stage`. */
  readonly name: string
  /** The settings of the app in its YAML file. Without a file the schema gets `{}`, so give defaults. */
  readonly config: Schema<Config, any>
  /** Puts the app together, once in every process. */
  readonly open: (config: Config, opening: Opening) => MaybePromise<Opened<W>>
  /** What is called with each finished token, while workers run; the token is taken off the output then. */
  readonly done?: Done<any, any> | undefined
  /**
   * How long finished tokens stay in the output, or how the config says it; for good unless told. With `done` they do not
   * stay there.
   */
  readonly keep?: Keep | ((config: Config) => Keep) | undefined
  /** What the app can do beside its workflow, by `pipewright do APP NAME`. */
  readonly commands?: Readonly<Record<string, AppCommand<Config>>> | undefined
  /** How `pipewright up` understands files of an older shape, which have `global` and `filters`. */
  readonly older?: OlderShape | undefined
}

/** What the words of a file of an older shape are in this app. */
export interface OlderShape {
  /** The stage of each class of filters, in the order in which tokens come to the stages. The name of a stage is understood too. */
  readonly classes: Readonly<Record<string, string>>
  /** What each key of `global` is. */
  readonly global?: Readonly<Record<string, OlderKey>>
  /** What the config of the app is to have that such files do not say. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** A key of an older file: the key of the config that it is; or a secret, which is not taken from a file. */
export type OlderKey =
  | {
      /** The key of the config. */
      readonly config: string
    }
  | {
      /** The variable of the environment that has it, where the file has a reference: `"${env:NAME}"`. */
      readonly env: string
      /** The line for a shell that moves the secret from the `file` to where it belongs. */
      readonly move: (file: string) => string
    }

/** What the CLI gives an app that it opens. */
export interface Opening {
  /** Where this process logs. */
  readonly log: Log
  /** The folder that relative paths of the config are meant from: the file's, or the current one without a file. */
  readonly folder: string
}

/** An app put together. */
export type Opened<W extends StatePipeline = any> = Composed<W> & Context<AppQueues<W>, CtxOf<W>>

interface Composed<W extends StatePipeline> {
  readonly workflow: W
  /** Where the queues live. Give a function, and nothing is opened where `--db` names another file. */
  readonly backend: MaybePromise<Backend> | (() => MaybePromise<Backend>)
  /** The id that a token must have to enter with `value`, from code, CLI or HTTP; by default any. */
  readonly idOf?: (value: InOf<W>) => string
  readonly seed?: Seed<InOf<W>>
  /** Tokens that enter at certain times, by a name that stays the same, while workers run: one for each time, in however many processes. */
  readonly cron?: Readonly<Record<string, CronSeed<InOf<W>>>>
  /** What `run` and `up` do now and then beside the workers, by a name that their log has: in one process, one thing at a time. */
  readonly upkeep?: Readonly<Record<string, Upkeep<AppQueues<W>>>>
  /** Where everything is logged, instead of the CLI's own lines. */
  readonly log?: Log
  /** Where the review API listens: 127.0.0.1, a free port, without a token by default. */
  readonly serve?: Address
  /** Frees the resources of `open`, after everything has ended. */
  readonly close?: () => MaybePromise<void>
}

/**
 * The two ends of an app's workflow, once its queues are there: `also(input, ...)` lets children enter. Name the
 * workflow, `({ input }: AppQueues<typeof books>) => ...`, to have the compiler check what enters.
 */
export type AppQueues<W extends StatePipeline = any> = Pick<
  Queues<InOf<W>, OutOf<W>, unknown, unknown>,
  'input' | 'output' | 'send'
> & {
  /** Where a token is and what has happened to it, the newest 1,000 lines; undefined for one that never entered. */
  readonly journey: (id: string) => Promise<Journey | undefined>
}

/**
 * What all the functions of the workflow's stages ask for, or a function that makes it of the queues: it is called
 * once in every process, when they are there. It may be left out if the stages ask for nothing.
 */
type Context<Q, Ctx> = unknown extends Ctx
  ? { readonly context?: object | ((queues: Q) => MaybePromise<object>) }
  : keyof Ctx extends never
    ? { readonly context?: object | ((queues: Q) => MaybePromise<object>) }
    : { readonly context: Ctx | ((queues: Q) => MaybePromise<Ctx>) }

/** How tokens are made of ids. */
export interface Seed<In> {
  /** The state in which the token `id` enters. */
  readonly value: (id: string) => MaybePromise<In>
  /** All ids that there are now, as the files of a folder: what `run` lets enter when it starts. Known ones are skipped. */
  readonly all?: () => Iterable<string> | AsyncIterable<string>
  /** `count` ids to try things out with; it may also make what they need, such as files. */
  readonly sample?: (count: number) => Iterable<string> | AsyncIterable<string>
  /** Tokens that enter by themselves, in `run` and `up`, whenever fewer than so many are under way. */
  readonly feed?: Feed
}

/** Where the review API listens. Any host but a loopback one needs a token. */
export interface Address {
  readonly host?: string
  readonly port?: number
  readonly token?: string
  /** Other names under which it is reached, as of a proxy that speaks TLS; they need a token. */
  readonly hosts?: readonly string[]
  /** Origins whose pages may ask, beside its own: `https://desk.example.org`. */
  readonly origins?: readonly string[]
  /** Lets it speak TLS by itself: its certificate and key in PEM, and with `ca` only to clients that have a certificate of that. */
  readonly tls?: ServerTls
  /** Serves the queues to workers elsewhere too, under `/backend`, each by a token that may do certain things only. */
  readonly backend?: ServedBackend
}

/** An app for the CLI: `export default defineApp({ ... })`. */
export function defineApp<Config, W extends StatePipeline, O extends object>(
  definition: Omit<App<Config, W>, 'kind' | 'open' | 'done'> & {
    /** Puts the app together, once in every process. */
    readonly open: (
      config: Config,
      opening: Opening,
    ) => MaybePromise<
      Composed<W> & Partial<Context<AppQueues<W>, CtxOf<W>>> & O & NoMore<O> & Asking<keyof CtxOf<W>, O>
    >
    /**
     * Is called with each finished token, while workers run, and with what the functions of the stages are given: at least
     * once, always with the same `key`. The token is taken off the output in the commit after it returns. What it throws is tried
     * again as a worker's failure is; then the token is dead there. Write it below `open`, whose workflow says which states come, and as
     * a function in place, `(token, given) => archive(token, given)`: the compiler does not know the context for a name alone.
     */
    readonly done?: Done<OutOf<W>, GivenOf<O>>
  },
): App<Config, W> {
  return { kind: 'app', ...definition } as App<Config, W>
}

/** What `open` gives as the context, once it is made. */
type GivenOf<O> = O extends { readonly context: infer Given }
  ? Given extends (...args: any) => infer Made
    ? Awaited<Made>
    : Given
  : object

/** The fault of a missing context is reported at the backend: the types of workflows are too long to be read. */
type Asking<Asked, O> = [Asked] extends [never]
  ? unknown
  : O extends { readonly context: unknown }
    ? unknown
    : string extends Asked
      ? unknown
      : {
          readonly backend: `The context is missing: the functions of the stages ask for "${Asked & string}".`
        }

/** Of the keys that `open` gives, those that nothing reads cannot have a value: a misspelt key does not compile. */
type NoMore<O> = Unread<O, Opened> & {
  readonly [K in keyof O & keyof Parts]?: Unread<O[K], Parts[K]>
}

type Unread<Given, Known> = {
  readonly [K in Exclude<keyof Given, keyof Known>]: NothingReads<K>
}

/** The type that the compiler names where a key is misspelt. */
interface NothingReads<Key> {
  readonly 'Is this key misspelt?': Key
}

interface Parts {
  readonly serve: Address
  readonly seed: Seed<any>
}
