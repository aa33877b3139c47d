import { expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { memory } from '../../src/backends/memory.ts'
import {
  type AppQueues,
  defineApp,
  type Finished,
  type Infer,
  state,
  type WorkContext,
  type WriteQueue,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'

const Raw = state('Raw', z.object({ text: z.string() }))
const Done = state('Done', z.object({ length: z.number() }))

interface Given {
  readonly unit: string
}

const flow = workflow({
  input: Raw,
  output: Done,
  stages: {
    measure: wrapped(
      worker({
        input: z.string(),
        output: z.number(),
        process: (text, { unit }: Given) => text.length + unit.length,
      }),
      { input: Raw, output: Done, pre: ({ text }) => text, post: (_, length) => Done({ length }) },
    ),
  },
})

const name = 'flow'
const config = z.object({ unit: z.string().default('mm'), port: z.number().default(0) })

it('gives `open` the config as its schema returns it, and checks what it returns', () => {
  const app = defineApp({
    name,
    config,
    open: async ({ unit, port }, { folder, log }) => {
      expectTypeOf(port).toEqualTypeOf<number>()
      expectTypeOf(folder).toEqualTypeOf<string>()
      log.info('Opening.')
      return {
        workflow: flow,
        backend: () => memory(),
        context: { unit },
        seed: { value: (id) => Raw({ text: id }) },
        idOf: ({ text }: Infer<typeof Raw>) => text,
        serve: { port },
      }
    },
  })
  expect(app).toMatchObject({ kind: 'app', name })
})

it('does not compile without the context that the stages ask for', () => {
  // @ts-expect-error: `context` is missing.
  defineApp({ name, config, open: () => ({ workflow: flow, backend: memory() }) })
  // @ts-expect-error: `unit` is a string.
  defineApp({ name, config, open: () => ({ workflow: flow, backend: memory(), context: { unit: 1 } }) })
})

it('does not compile with a seed that makes another state than the input', () => {
  const context = { unit: 'mm' }
  const backend = () => memory()
  const wrong = (id: string) => Done({ length: id.length })
  // @ts-expect-error: `Done` is not an input of the workflow.
  defineApp({ name, config, open: () => ({ workflow: flow, backend, context, seed: { value: wrong } }) })
})

it('does not compile with an id that is read in another state than the input', () => {
  const context = { unit: 'mm' }
  const backend = () => memory()
  const idOf = ({ length }: Infer<typeof Done>) => String(length)
  // @ts-expect-error: `Done` is not an input of the workflow.
  defineApp({ name, config, open: () => ({ workflow: flow, backend, context, idOf }) })
})

it('makes the context of the queues of the workflow', () => {
  interface Splitting {
    readonly pages: WriteQueue<{ readonly tag: 'Raw'; readonly text: string }>
    readonly unit: string
  }
  const split = workflow({
    input: Raw,
    output: Done,
    stages: {
      it: wrapped(
        worker({
          input: z.string(),
          output: z.number(),
          process: async (text, { also, pages }: Splitting & WorkContext) => {
            await also(pages, 'child', Raw({ text }))
            return text.length
          },
        }),
        { input: Raw, output: Done, pre: ({ text }) => text, post: (_, length) => Done({ length }) },
      ),
    },
  })
  const app = defineApp({
    name,
    config,
    open: ({ unit }, { log }) => ({
      workflow: split,
      backend: () => memory(),
      context: ({ input, output }: AppQueues<typeof split>) => {
        expectTypeOf(input).toEqualTypeOf<WriteQueue<{ readonly tag: 'Raw'; readonly text: string }>>()
        expectTypeOf(output.get).returns.resolves.toEqualTypeOf<
          { readonly tag: 'Done'; readonly length: number } | undefined
        >()
        log.info('Making.')
        return { pages: input, unit }
      },
    }),
  })
  expect(app).toMatchObject({ kind: 'app', name })
  const backend = () => memory()
  const lacking = ({ input }: AppQueues<typeof split>) => ({ pages: input })
  // @ts-expect-error: `unit` is missing.
  defineApp({ name, config, open: () => ({ workflow: split, backend, context: lacking }) })
  const odd = ({ output }: AppQueues<typeof split>) => ({ pages: output, unit: 'mm' })
  // @ts-expect-error: one does not push to the output.
  defineApp({ name, config, open: () => ({ workflow: split, backend, context: odd }) })
})

it('gives `done` the states of the output and what `open` has made, and does not compile with others', () => {
  const open = ({ unit }: { unit: string }) => ({
    workflow: flow,
    backend: () => memory(),
    context: async () => ({ unit, archive: new Map<string, number>() }),
  })
  const app = defineApp({
    name,
    config,
    open,
    done: async ({ id, value, key, finishedAt }, { archive }) => {
      expectTypeOf(value).toEqualTypeOf<{ readonly tag: 'Done'; readonly length: number }>()
      expectTypeOf(finishedAt).toEqualTypeOf<number>()
      archive.set(id + key, value.length)
    },
  })
  expect(app.done).toBeTypeOf('function')
  defineApp({
    name,
    config,
    open: ({ unit }) => ({ workflow: flow, backend: () => memory(), context: { unit } }),
    done: {
      concurrency: 4,
      process: ({ value }, { unit }) => {
        expectTypeOf(value.length).toEqualTypeOf<number>()
        expectTypeOf(unit).toEqualTypeOf<string>()
      },
    },
  })
  defineApp({ name, config, open, keep: ({ port }) => ({ days: port }) })
  // @ts-expect-error: `text` is of another state.
  defineApp({ name, config, open, done: ({ value }) => value.text })
  // @ts-expect-error: there is no `printer` in the context.
  defineApp({ name, config, open, done: (_, { printer }) => printer })
  const odd = ({ value }: Finished<Infer<typeof Raw>>) => value
  // @ts-expect-error: what finishes is no `Raw`.
  defineApp({ name, config, open, done: odd })
})
