import * as z from 'zod'
import { databaseUrl } from '../database/database-url.ts'
import { filePath } from '../file-path.ts'

const Count = z.int().min(0).max(64)
const Concurrency = z.int().min(1).max(10_000)

/** How the processes of a stage are run. */
const Processes = z.strictObject({
  /** How many there are; 0 for none until `scale` or `start` says otherwise. */
  processes: Count.default(1),
  /** How many tokens each works on at once; by default what the worker says. */
  concurrency: Concurrency.optional(),
})

const Queues = z.union([z.literal(true), z.array(z.string()).min(1)]).exactOptional()

/** A token of the served backend, and what it may do, in all queues or in some. */
const ServedToken = z.strictObject({
  name: z.string().exactOptional(),
  token: z.string(),
  may: z.strictObject({ work: Queues, enter: Queues, read: Queues, operate: Queues, declare: Queues }),
})

/** What `pipewright up` reads, after references are resolved and short forms are written out. */
export const UpSchema = z.strictObject({
  /** The module of the app. */
  app: filePath(),
  /** Where the queues are, instead of where the app has them. */
  backend: databaseUrl().optional(),
  /** The config of the app, or a file that has it. */
  config: z.union([filePath(), z.record(z.string(), z.unknown())]).optional(),
  /** Variables of the environment of all processes. */
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'it is no name of a variable'), z.string()).default({}),
  /** The processes of each stage; all other stages are run by the process `worker`. */
  run: z.record(z.string(), Processes).default({}),
  /** How many tokens each process works on at once in a stage that does not say so itself. */
  concurrency: Concurrency.optional(),
  /** Where the API listens, in place of what the app says; the file may say `false`, for none. */
  serve: z
    .strictObject({
      host: z.string().exactOptional(),
      port: z.int().min(0).max(65_535).exactOptional(),
      token: z.string().exactOptional(),
      hosts: z.array(z.string()).exactOptional(),
      origins: z.array(z.string()).exactOptional(),
      tls: z
        .strictObject({ cert: z.string(), key: z.string(), ca: z.string().exactOptional() })
        .exactOptional(),
      backend: z.strictObject({ tokens: z.array(ServedToken).min(1) }).exactOptional(),
    })
    .optional(),
  /** The folder in which there is a folder for each queue, with a file for each token. */
  mirror: filePath().optional(),
  /** Where all lines of the log are kept, beside what is shown. */
  logs: z
    .strictObject({
      folder: filePath(),
      /** How large a file may become, in megabytes. */
      megabytes: z.number().positive().max(10_000).default(10),
      /** How many files are kept, the one that is written to included. */
      files: z.int().min(1).max(1000).default(5),
      level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
    })
    .optional(),
})

/** What the file says. */
export type UpSettings = z.output<typeof UpSchema>

/** How the processes of one stage are run. */
export type ProcessesSettings = z.output<typeof Processes>

/** Keys that mean something in files of the next version. */
export const laterKeys: ReadonlySet<string> = new Set(['inputs', 'processes', 'links'])
