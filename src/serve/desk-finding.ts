import * as z from 'zod'
import { isMarkName } from '../queue/check-marks.ts'
import { type Api, answer, problems, problemsOfBody } from './api.ts'
import { filtering, readFilter } from './desk-filter.ts'
import type { Place } from './desk-place.ts'
import { Hop, Person, Reason, Rev, Tally, TokenId } from './review-shapes.ts'
import { sayWhoWasFirst } from './say-who-was-first.ts'

const maxKeys = 8
const mostValues = 20
const MarkName = z.string().refine(isMarkName, 'a letter, then up to 63 letters, digits, "_" or "-"')
const Keys = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(MarkName).max(maxKeys))
const exact = z.boolean().meta({ description: 'False if there are more than were counted.' })

/** The routes that count the tasks of one desk. */
export function findingRoutes(api: Api, { name, title, desk, ...place }: Place): void {
  const here = { name, title, desk, ...place }
  const tags = [name]

  api.get(
    `/reviews/${name}/count`,
    {
      schema: {
        operationId: `count${title}Tasks`,
        tags,
        summary: 'How many tasks match a filter',
        querystring: z.strictObject(filtering),
        response: { 200: answer('The number.', z.object({ n: z.int(), exact })), ...problems() },
      },
    },
    async ({ query }) => {
      const { tallies, exact } = await desk.tally({ only: await readFilter(here, query) })
      return { n: tallies[0]?.count ?? 0, exact }
    },
  )

  api.get(
    `/reviews/${name}/facets`,
    {
      schema: {
        operationId: `list${title}Facets`,
        tags,
        summary:
          'Which values the marks of tasks have, with how many tasks have each, the most frequent first',
        querystring: z.strictObject({
          ...filtering,
          keys: Keys.optional().meta({
            type: 'string',
            description: `The names of up to ${maxKeys} marks, with commas; without it the answer has the names that there are, as the values of \`mark\`.`,
            examples: ['class,name'],
          }),
        }),
        response: {
          200: answer(
            'Up to 20 values of each.',
            z.object({ facets: z.record(z.string(), z.array(Tally)), exact }),
          ),
          ...problems(),
        },
      },
    },
    async ({ query: { keys, ...query } }) => {
      const only = await readFilter(here, query)
      const facets: Record<string, z.output<typeof Tally>[]> = {}
      let isExact = true
      for (const key of keys ?? ['mark']) {
        const by = keys ? (`mark:${key}` as const) : 'mark'
        const { tallies, exact } = await desk.tally({ only, by, limit: mostValues })
        facets[key] = [...tallies]
        isExact &&= exact
      }
      return { facets, exact: isExact }
    },
  )
}

/** The route by which people set marks of a task. */
export function markingRoute(api: Api, place: Place): void {
  const { name, title, desk } = place
  api.patch(
    `/reviews/${name}/tasks/:id/marks`,
    {
      schema: {
        operationId: `mark${title}Task`,
        tags: [name],
        summary: 'Set marks of a task, such as who is to do it and until when',
        params: z.object({ id: TokenId }),
        body: z.strictObject({
          hop: Hop,
          rev: Rev,
          set: z
            .record(MarkName, z.union([z.string().min(1).max(500), z.number(), z.null()]))
            .meta({ description: 'Null drops one.', examples: [{ assignee: 'ann', due: 1798761600000 }] }),
          by: Person,
          reason: Reason.optional(),
        }),
        response: {
          200: answer('They are set.', z.object({ id: z.string(), rev: Rev })),
          ...problemsOfBody(404, 409),
        },
      },
    },
    async ({ params: { id }, body: { set, ...marking } }) => {
      const marked = sayWhoWasFirst(place, id, desk.mark(id, set, marking))
      return { id, ...(await marked) }
    },
  )
}
