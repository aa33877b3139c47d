import * as z from 'zod'
import { NotFoundError } from '../queue/errors.ts'
import { boardOf, cursorOf } from '../run/board/board.ts'
import { seriesOf } from '../run/board/series.ts'
import { processesOf } from '../run/presence/processes.ts'
import { type Api, answer, problems } from './api.ts'
import { Board, Processes, Series } from './board-shapes.ts'
import type { ServedQueues } from './served.ts'

const tags = ['board']
const minuteMs = 60_000
const longestMs = 90 * 24 * 60 * minuteMs
const mostSteps = 1000

const ms = (least: number, usual: number, description: string) =>
  z.coerce.number().int().min(least).max(longestMs).default(usual).meta({ description })
const window = ms(minuteMs, 15 * minuteMs, 'How many milliseconds to look back.')
const stepMs = ms(minuteMs, minuteMs, 'The length of a step, in milliseconds; at most 1,000 steps are told.')

/** The routes that show how the workflow is doing. */
export function boardRoutes(api: Api, { runtime: { backend, clock, workflow } }: ServedQueues): void {
  api.get(
    '/board',
    {
      schema: {
        ...{
          operationId: 'getBoard',
          tags,
          summary: 'What waits where, how fast it goes, and who works on it',
        },
        querystring: z.object({ window }),
        response: { 200: answer('The workflow live.', Board), ...problems() },
      },
    },
    async ({ query: { window: windowMs } }) => {
      const [pulse, processes] = await Promise.all([
        backend.pulse(cursorOf(clock.now(), windowMs)),
        processesOf(backend, workflow),
      ])
      return copied(boardOf(pulse, { workflow, windowMs, processes }))
    },
  )

  api.get(
    '/queues/:queue/series',
    {
      schema: {
        ...{ operationId: 'getSeries', tags, summary: 'How a queue did, step by step' },
        params: z.object({ queue: z.string() }),
        querystring: z.object({
          window: ms(minuteMs, 60 * minuteMs, 'How many milliseconds to look back.'),
          stepMs,
        }),
        response: { 200: answer('The steps, the earliest first.', Series), ...problems(404) },
      },
    },
    async ({ params: { queue: name }, query: { window: windowMs, stepMs } }) => {
      const mostMs = mostSteps * stepMs
      const from = Math.floor(clock.now()) - Math.min(windowMs, mostMs)
      const { at, queues } = await backend.pulse(cursorOf(from, 0))
      const found = queues.find(({ queue, workflow: its }) => queue === name && its === workflow)
      if (!found)
        throw new NotFoundError(`There is no queue "${name}" in workflow "${workflow}".`, { queue: name })
      return {
        queue: name,
        stepMs,
        points: copied(seriesOf(found.meters, { from, to: Math.min(at, from + mostMs), stepMs })),
      }
    },
  )

  api.get(
    '/processes',
    {
      schema: {
        ...{ operationId: 'listProcesses', tags, summary: 'The processes that work on the workflow' },
        response: { 200: answer('Those that were heard of lately.', Processes), ...problems() },
      },
    },
    async () => ({ processes: copied(await processesOf(backend, workflow)) }),
  )
}

/** The type of `Value` without `readonly`, which the shapes do not have. */
type Mutable<Value> = Value extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : Value extends object
    ? { -readonly [Key in keyof Value]: Mutable<Value[Key]> }
    : Value

function copied<Value>(value: Value): Mutable<Value> {
  return value as Mutable<Value>
}
