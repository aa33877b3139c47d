import * as z from 'zod'
import { claimTimes } from '../run/desk/desk.ts'
import { type Api, answer, problems, problemsOfBody } from './api.ts'
import { deciding } from './decision-shapes.ts'
import { filtering, readFilter } from './desk-filter.ts'
import type { Place } from './desk-place.ts'
import { openTask } from './open-task.ts'
import { Claim, Hop, Lease, Person, Status, TokenId } from './review-shapes.ts'
import { sayWhoWasFirst } from './say-who-was-first.ts'
import type { Shapes } from './shapes.ts'
import { taskShapes } from './task-shapes.ts'
import { readTasks } from './tasks-page.ts'

const Query = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(100)).default(20).meta({ description: '1 to 100.' }),
  after: z.string().max(1000).optional().meta({ description: 'The `next` of the page before.' }),
  status: Status.optional(),
  tag: z.string().max(1000).optional().meta({ description: 'Only tasks in this state.' }),
  sort: z
    .enum(['oldest', 'newest', 'due'])
    .default('oldest')
    .meta({ description: 'By when it came to the desk; or by its mark `due`, the earliest first.' }),
  ...filtering,
})
const params = z.object({ id: TokenId })

/** The routes that look at the tasks of one desk; their shapes are added to `shapes`. */
export function readingRoutes(api: Api, place: Place, shapes: Shapes): void {
  const { name, title, desk } = place
  const path = `/reviews/${name}/tasks`
  const { Task, OpenedTask } = taskShapes(desk)
  shapes.add(Task, { id: `${title}Task` })
  shapes.add(OpenedTask, { id: `${title}OpenedTask` })

  api.get(
    path,
    {
      schema: {
        operationId: `list${title}Tasks`,
        tags: [name],
        summary:
          'The tasks on this desk, in pages; a page may be short, there is more while there is a `next`',
        querystring: Query,
        response: {
          200: answer('One page.', z.object({ tasks: z.array(Task), next: z.string().optional() })),
          ...problems(),
        },
      },
    },
    async ({ query: { limit, after, sort, status, tag, q, me } }) => {
      const order = sort === 'due' ? { by: 'due' } : { order: sort }
      const filter = await readFilter(place, { q, me })
      const { tasks, next } = await readTasks(desk, { limit, after, ...order, status, tag, filter })
      return { tasks: [...tasks], next }
    },
  )

  api.get(
    `${path}/:id`,
    {
      schema: {
        operationId: `get${title}Task`,
        tags: [name],
        summary: 'One task: what it is about, and why it is here',
        params,
        response: { 200: answer('The task.', OpenedTask), ...problems(404) },
      },
    },
    ({ params: { id } }) => openTask(place, id),
  )
}

/** The routes by which people work at one desk. */
export function workingRoutes(api: Api, place: Place): void {
  const { name, title, desk } = place
  const path = `/reviews/${name}/tasks/:id`
  const tags = [name]

  api.post(
    `${path}/claim`,
    {
      schema: {
        operationId: `claim${title}Task`,
        tags,
        summary: 'Reserve a task for a person; it comes back by itself',
        params,
        body: z.strictObject({
          by: Person,
          forMs: z
            .int()
            .min(claimTimes.least)
            .max(claimTimes.most)
            .default(claimTimes.usual)
            .meta({ description: 'Milliseconds.' }),
        }),
        response: { 200: answer('The task is reserved.', Claim), ...problemsOfBody(404, 409) },
      },
    },
    async ({ params: { id }, body: { by, forMs } }) => ({
      id,
      ...(await sayWhoWasFirst(place, id, desk.claim(id, by, forMs))),
    }),
  )

  api.post(
    `${path}/release`,
    {
      schema: {
        operationId: `release${title}Task`,
        tags,
        summary: 'Give a claimed task back',
        params,
        body: z.strictObject({ hop: Hop, lease: Lease, by: Person }),
        response: {
          200: answer('The claim has ended.', z.object({ id: z.string() })),
          ...problemsOfBody(404, 409),
        },
      },
    },
    async ({ params: { id }, body }) => {
      await sayWhoWasFirst(place, id, desk.release(id, body))
      return { id }
    },
  )

  api.post(
    `${path}/decide`,
    {
      schema: {
        operationId: `decide${title}Task`,
        tags,
        summary: 'Decide; the first decision counts',
        params,
        body: deciding(desk.decisions),
        response: {
          200: answer('It is decided.', z.object({ id: z.string(), decision: z.string() })),
          ...problemsOfBody(404, 409, 422),
        },
      },
    },
    async ({ params: { id }, body: { decision, fields, hop, lease, by } }) => {
      // `decision` goes last: a field of that name must not replace it.
      const choice = { ...fields, decision }
      await sayWhoWasFirst(place, id, desk.decide(id, choice, { hop, lease, by }))
      return { id, decision }
    },
  )
}
