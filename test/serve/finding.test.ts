import { expect, it } from 'vitest'
import { FakeClock } from '../../src/testing/index.ts'
import { Blurred, backends, Scan, serveScans } from './rig.ts'

const day = 86_400_000

for (const [name, open] of Object.entries(backends)) {
  it(`finds and counts tasks in the language of filters, on ${name}`, async () => {
    const { ask, queues } = await serveScans({}, await open())
    for (const [n, why] of ['blurred', 'blurred', 'dark'].entries())
      await queues.input.push(`b${n}`, Blurred({ page: `${n}`, why }))
    const ids = async (q: string, more = '') => {
      const { body } = await ask('GET', `/reviews/look/tasks?q=${encodeURIComponent(q)}${more}`)
      return body.tasks?.map(({ id }: { id: string }) => id) ?? body.message
    }
    expect(await ids('why:blurred')).toEqual(['b0', 'b1'])
    expect(await ids('-why:blurred')).toEqual(['b2'])
    expect(await ids('why:blurred id:b1,b2')).toEqual(['b1'])
    expect(await ids('.page:"2"')).toEqual(['b2'])
    expect(await ids('claimed:me', '&me=ann')).toEqual([])
    expect(await ids('whi:x')).toBe(
      'The filter cannot be read at character 1: unknown key "whi". Did you mean "why"?',
    )
    expect(await ids('never:x')).toEqual([])
    const count = await ask('GET', '/reviews/look/count?q=why:blurred')
    expect(count.body).toEqual({ n: 2, exact: true })
    const { body } = await ask('GET', '/reviews/look/facets?keys=why,page&q=age%3C1d')
    expect(body.facets.why).toEqual([
      { value: 'blurred', count: 2 },
      { value: 'dark', count: 1 },
    ])
    expect(body.facets.page).toHaveLength(3)
    const names = await ask('GET', '/reviews/look/facets')
    expect(names.body).toMatchObject({
      facets: { mark: [{ value: 'page', count: 3 }, { value: 'why' }] },
      exact: true,
    })
    const wrong = await ask('GET', '/reviews/look/count?q=age%3E')
    expect([wrong.status, wrong.body.issues]).toEqual([400, [{ message: expect.any(String), path: [4] }]])
    expect((await ask('GET', '/reviews/gate%2F0/count')).body).toEqual({ n: 0, exact: true })
  })

  it(`sets marks of a task for who has seen the last ones, on ${name}`, async () => {
    const clock = new FakeClock()
    const { ask, queues, backend } = await serveScans({}, await open({ clock }))
    for (const id of ['b1', 'b2']) await queues.input.push(id, Blurred({ page: id, why: 'dark' }))
    const path = '/reviews/look/tasks/b2/marks'
    const due = clock.now() + day
    const set = { hop: 1, rev: 0, by: 'ann', set: { assignee: 'bob', due }, reason: 'urgent' }
    expect(await ask('PATCH', path, set)).toMatchObject({ status: 200, body: { id: 'b2', rev: 1 } })
    expect(await ask('PATCH', path, set)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    const tasks = await ask('GET', '/reviews/look/tasks?sort=due')
    expect(tasks.body.tasks.map(({ id, rev, marks }: any) => [id, rev, marks])).toEqual([
      ['b2', 1, { assignee: 'bob', due, page: 'b2', why: 'dark' }],
      ['b1', 0, { page: 'b1', why: 'dark' }],
    ])
    const { lines } = (await backend.journey('scans', 'b2'))!
    expect(lines.at(-1)).toMatchObject({ event: 'noted', actor: 'ann', reason: 'urgent' })
    for (const [wrong, status] of [
      [{ ...set, rev: undefined }, 400],
      [{ ...set, rev: 1, set: { print: 'x' } }, 400],
      [{ ...set, rev: 1, hop: 2 }, 409],
    ] as const)
      expect((await ask('PATCH', path, wrong)).status).toBe(status)
    expect((await ask('PATCH', '/reviews/look/tasks/ghost/marks', set)).status).toBe(404)
  })
}

it('shows why a token was given up, without its journey', async () => {
  const { ask, queues, artifacts } = await serveScans()
  await queues.input.push('s1', Scan({ page: '7' }))
  const stop = new AbortController()
  const running = artifacts.sharpen(stop.signal)
  await expect.poll(async () => (await ask('GET', '/reviews/look/count?q=from:sharpen')).body.n).toBe(1)
  stop.abort()
  await running
  const { body } = await ask('GET', '/reviews/look/tasks')
  expect(body.tasks[0]).toMatchObject({
    marks: { print: 'RangeError E_BLUR: page * cannot be sharpened', source: 'scans/sharpen' },
    error: { name: 'RangeError', code: 'E_BLUR' },
  })
})
