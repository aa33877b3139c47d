import { expect, it } from 'vitest'
import { backends, Rare, Scan, serveScans } from './rig.ts'

const why = { by: 'ann', reason: 'a typo' }

it.each(Object.entries(backends))(
  'plans, begins, follows and takes back bulk actions on %s',
  async (_, open) => {
    const { ask, queues } = await serveScans({}, await open())
    for (const id of ['a', 'b', 'c']) await queues.input.push(id, Scan({ page: id }))
    await queues.input.push('rare', Rare({ page: 'r' }))
    const runs = async () => (await ask('GET', '/bulk')).body.runs
    const ended = (id: string) =>
      expect.poll(async () => (await ask('GET', `/bulk/${id}`)).body.state, { timeout: 10_000 }).toBe('done')

    const request = { action: 'edit', where: '', set: { page: '' }, queue: 'sharpen', ...why }
    const plan = await ask('POST', '/bulk/plan', request)
    expect(plan).toMatchObject({
      status: 200,
      body: {
        ...{ total: 3, exact: true, done: 3, refused: 0, held: 0, refusals: [] },
        leads: [{ queue: 'scans/sharpen', count: 3 }],
        samples: [
          { id: 'a', queue: 'scans/sharpen', to: 'scans/sharpen', value: Scan({ page: '' }) },
          {},
          {},
        ],
      },
    })
    expect(await runs()).toEqual([])
    const begun = await ask('POST', '/bulk', request)
    expect(begun).toMatchObject({ status: 201, body: { action: 'edit', by: 'ann', where: '', done: 0 } })
    const { id } = begun.body
    expect(begun.headers.get('location')).toBe(`/bulk/${id}`)
    await ended(id)
    expect(await runs()).toMatchObject([
      { id, state: 'done', done: 3, total: 3, startedAt: expect.any(String) },
    ])
    expect((await ask('GET', '/tokens/b')).body.message.state).toEqual(Scan({ page: '' }))
    const audit = await ask('GET', '/lines?actor=ann&event=noted')
    expect(audit.body.lines).toMatchObject([{ id, reason: 'edit page="": 3 done. a typo' }])

    const undo = await ask('POST', `/bulk/${id}/undo`, { ...why, rate: 1000 })
    expect(undo).toMatchObject({ status: 201, body: { action: 'undo', of: id, rate: 1000 } })
    await ended(undo.body.id)
    expect((await ask('GET', '/tokens/b')).body.message.state).toEqual(Scan({ page: 'b' }))

    const slow = await ask('POST', '/bulk', { action: 'cancel', where: '-status:x', rate: 1, ...why })
    expect(slow).toMatchObject({ status: 400, body: { code: 'invalid' } })
    const { body } = await ask('POST', '/bulk', { action: 'cancel', where: '', rate: 1, ...why })
    expect(await ask('POST', `/bulk/${body.id}/stop`, why)).toMatchObject({
      status: 200,
      body: { state: 'stopped' },
    })
    expect(await ask('POST', `/bulk/${body.id}/stop`, why)).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
    expect(await ask('POST', `/bulk/${body.id}/resume`, why)).toMatchObject({ status: 200 })
  },
)

it('refuses what cannot be asked for', async () => {
  const { ask } = await serveScans()
  for (const [path, body, status] of [
    ['/bulk', { action: 'retry', where: '' }, 400],
    ['/bulk', { action: 'retry', ...why }, 400],
    ['/bulk', { action: 'drop', where: '', ...why }, 400],
    ['/bulk', { action: 'retry', where: '', to: 'look', ...why }, 400],
    ['/bulk/plan', { action: 'retry', where: '"', ...why }, 400],
    ['/bulk/plan', { action: 'retry', where: 'nosuch:1', ...why }, 400],
    ['/bulk/plan', { action: 'move', where: '', to: 'ghost', ...why }, 404],
    ['/bulk/ghost/stop', why, 404],
    ['/bulk/ghost/undo', why, 404],
  ] as const) {
    const answer = await ask('POST', path, body)
    expect([path, answer.status]).toEqual([path, status])
    expect(answer.body.message).toMatch(/\.$/)
  }
  expect((await ask('GET', '/bulk/ghost')).status).toBe(404)
})
