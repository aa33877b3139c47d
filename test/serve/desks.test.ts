import { expect, it } from 'vitest'
import { FakeClock } from '../../src/testing/index.ts'
import { Blurred, backends, Rare, Scan, serveScans } from './rig.ts'

it('lists the desks with their counts, and each decision with what it needs to know', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
  const { status, body } = await ask('GET', '/reviews')
  expect(status).toBe(200)
  expect(body.workflow).toBe('scans')
  expect(body.desks.map(({ desk }: { desk: string }) => desk)).toEqual(['look', 'gate/0', 'gate/1'])
  expect(body.desks[0]).toMatchObject({
    queue: 'scans/look',
    tasks: '/reviews/look/tasks',
    waiting: 1,
    claimed: 0,
    dead: 0,
    oldestAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  })
  expect(body.desks[0].decisions[1]).toMatchObject({
    decision: 'note',
    fields: { type: 'object', required: ['by', 'hop'], properties: { by: { type: 'string' } } },
  })
})

it('pages through tasks from the oldest or from the newest', async () => {
  const { ask, queues } = await serveScans()
  for (const n of [1, 2, 3, 4, 5]) await queues.input.push(`b${n}`, Blurred({ page: `${n}`, why: 'blurred' }))
  const ids = async (query: string) => {
    const seen: string[] = []
    let after = ''
    for (let pages = 0; pages < 10; pages++) {
      const { body } = await ask('GET', `/reviews/look/tasks?limit=2${query}${after}`)
      seen.push(...body.tasks.map(({ id }: { id: string }) => id))
      if (body.next === undefined) break
      after = `&after=${encodeURIComponent(body.next)}`
    }
    return seen
  }
  expect(await ids('')).toEqual(['b1', 'b2', 'b3', 'b4', 'b5'])
  expect(await ids('&sort=newest')).toEqual(['b5', 'b4', 'b3', 'b2', 'b1'])
})

it('shows only the tasks of one status or of one state', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
  await queues.input.push('b2', Blurred({ page: '2', why: 'blurred' }), { delayMs: 60_000 })
  const ids = async (query: string) =>
    (await ask('GET', `/reviews/look/tasks?${query}`)).body.tasks.map(({ id }: { id: string }) => id)
  expect(await ids('status=ready')).toEqual(['b1'])
  expect(await ids('status=delayed')).toEqual(['b2'])
  expect(await ids('tag=Blurred')).toEqual(['b1', 'b2'])
  expect(await ids('tag=Scan')).toEqual([])
})

it('ends a page early where the states are long', async () => {
  const { ask, queues } = await serveScans()
  for (let n = 1; n <= 25; n++)
    await queues.input.push(`b${n}`, Blurred({ page: '1', why: 'x'.repeat(500_000) }))
  const first = await ask('GET', '/reviews/look/tasks?limit=100')
  expect(first.body.tasks).toHaveLength(10)
  const second = await ask('GET', `/reviews/look/tasks?limit=100&after=${first.body.next}`)
  expect(second.body.tasks[0].id).toBe('b11')
})

it('looks for a rare state a part of the desk at a time', async () => {
  const { ask, queues } = await serveScans()
  for (let n = 1; n <= 60; n++) await queues.input.push(`b${n}`, Blurred({ page: '1', why: 'blurred' }))
  const first = await ask('GET', '/reviews/look/tasks?tag=Rare&limit=1')
  expect(first.body).toEqual({ tasks: [], next: expect.any(String) })
  const second = await ask('GET', `/reviews/look/tasks?tag=Rare&limit=1&after=${first.body.next}`)
  expect(second.body).toEqual({ tasks: [] })
})

it('shows what a task is about, what brought it here, and its history', async () => {
  const { ask, queues, artifacts } = await serveScans()
  await queues.input.push('s1', Scan({ page: '7' }), { by: 'ann' })
  const stop = new AbortController()
  const running = artifacts.sharpen(stop.signal)
  await expect.poll(async () => (await ask('GET', '/reviews/look/tasks')).body.tasks).toHaveLength(1)
  stop.abort()
  await running
  const { status, body } = await ask('GET', '/reviews/look/tasks/s1')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    desk: 'look',
    queue: 'scans/look',
    state: { tag: 'Blurred', page: '7', why: 'page 7 cannot be sharpened' },
    value: { page: '7' },
    error: { kind: 'error', name: 'RangeError', message: 'page 7 cannot be sharpened', code: 'E_BLUR' },
    arrival: { queue: 'scans/sharpen', event: 'failed', attempt: 1 },
  })
  expect(body.history.map(({ event }: { event: string }) => event)).toEqual(['entered', 'failed'])
})

it('shows the message of an error, and nothing of the folders of this machine', async () => {
  const { ask, queues, artifacts } = await serveScans()
  await queues.input.push('s1', Scan({ page: '/srv/scans/7.tif' }))
  const stop = new AbortController()
  const running = artifacts.sharpen(stop.signal)
  await expect.poll(async () => (await ask('GET', '/reviews/look/tasks')).body.tasks).toHaveLength(1)
  stop.abort()
  await running
  const error = {
    kind: 'error',
    name: 'RangeError',
    message: 'page 7.tif cannot be sharpened',
    code: 'E_BLUR',
  }
  const task = (await ask('GET', '/reviews/look/tasks/s1')).body
  expect([task.error, task.arrival.error, task.history.at(-1).error]).toEqual([error, error, error])
  expect((await ask('GET', '/tokens/s1')).body.history.at(-1).error).toEqual(error)
})

it('shows a state that cannot be opened with the problem, and lets a person decide on it', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: 'torn', why: 'torn' }))
  const { status, body } = await ask('GET', '/reviews/look/tasks/b1')
  expect(status).toBe(200)
  expect(body).toMatchObject({ state: { page: 'torn' }, problem: 'the picture of page torn is missing' })
  const decided = await ask('POST', '/reviews/look/tasks/b1/decide', {
    decision: 'accept',
    hop: 1,
    by: 'ann',
  })
  expect(decided.status).toBe(200)
})

it('reserves a task for one person until it is given back', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
  const task = '/reviews/look/tasks/b1'
  const claimed = await ask('POST', `${task}/claim`, { by: 'ann', forMs: 60_000 })
  expect(claimed).toMatchObject({ status: 200, body: { id: 'b1', hop: 1, leftMs: 60_000 } })
  expect((await ask('GET', task)).body).toMatchObject({ status: 'leased', claimedBy: 'ann' })
  const { hop, lease } = claimed.body

  const second = await ask('POST', `${task}/claim`, { by: 'bob' })
  expect(second).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(second.body.message).toContain('ann has it')
  const without = await ask('POST', `${task}/decide`, { decision: 'accept', hop, by: 'bob' })
  expect(without.status).toBe(409)
  expect(without.body.message).toContain('ann has it')
  const wrong = await ask('POST', `${task}/decide`, { decision: 'accept', hop, lease: lease + 1, by: 'bob' })
  expect(wrong).toMatchObject({ status: 409, body: { code: 'lease_lost' } })

  expect((await ask('POST', `${task}/release`, { by: 'ann', hop, lease })).status).toBe(200)
  expect((await ask('POST', `${task}/release`, { by: 'ann', hop, lease })).status).toBe(409)
  expect((await ask('POST', `${task}/claim`, { by: 'bob' })).status).toBe(200)
})

it.each(Object.keys(backends))(
  'counts and lists a claim that has ended no longer as one (%s)',
  async (kind) => {
    const clock = new FakeClock()
    const { ask, queues } = await serveScans({}, await backends[kind]!({ clock }))
    await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
    await ask('POST', '/reviews/look/tasks/b1/claim', { by: 'ann', forMs: 1000 })
    const look = async () => {
      const { waiting, claimed } = (await ask('GET', '/reviews')).body.desks[0]
      const ready = (await ask('GET', '/reviews/look/tasks?status=ready')).body.tasks.length
      const leased = (await ask('GET', '/reviews/look/tasks?status=leased')).body.tasks.length
      const { status, claimedBy } = (await ask('GET', '/reviews/look/tasks/b1')).body
      return { waiting, claimed, ready, leased, status, claimedBy }
    }
    expect(await look()).toEqual({
      waiting: 0,
      claimed: 1,
      ready: 0,
      leased: 1,
      status: 'leased',
      claimedBy: 'ann',
    })
    await clock.advance(1000)
    expect(await look()).toEqual({
      waiting: 1,
      claimed: 0,
      ready: 1,
      leased: 0,
      status: 'ready',
      claimedBy: undefined,
    })
  },
)

it('takes a decision with its fields, and writes who decided into the history', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
  const { lease } = (await ask('POST', '/reviews/look/tasks/b1/claim', { by: 'ann' })).body
  const decision = { decision: 'note', fields: { by: 'the binder', hop: 3 }, hop: 1, lease, by: 'ann' }
  const decided = await ask('POST', '/reviews/look/tasks/b1/decide', decision)
  expect(decided).toMatchObject({ status: 200, body: { id: 'b1', decision: 'note' } })
  const { body } = await ask('GET', '/tokens/b1')
  expect(body).toMatchObject({ queue: 'scans/output', message: { state: { note: 'the binder 3' } } })
  expect(body.history.at(-1)).toMatchObject({
    ...{ event: 'decided', actor: 'ann', reason: 'note', hop: 1 },
    fields: { by: 'the binder', hop: 3 },
  })
})

it('refuses a decision that is unknown, lacks a field or leads nowhere, and the task stays', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
  const decide = (more: object) =>
    ask('POST', '/reviews/look/tasks/b1/decide', { hop: 1, by: 'ann', ...more })
  const unknown = await decide({ decision: 'constructor' })
  expect(unknown.status).toBe(400)
  expect(unknown.body.message).toContain('it knows "accept", "note", "explode"')
  const lacking = await decide({ decision: 'note', fields: { hop: 'x' } })
  expect(lacking).toMatchObject({
    status: 400,
    body: { code: 'invalid', issues: [{ path: ['by'] }, { path: ['hop'] }] },
  })
  const nowhere = await decide({ decision: 'explode' })
  expect(nowhere).toMatchObject({ status: 400, body: { code: 'invalid' } })
  expect(nowhere.body.message).toContain('no stage for an explosion')
  expect((await decide({ decision: 'accept', by: '' })).status).toBe(400)
  expect((await decide({ decision: 'accept', hop: undefined })).status).toBe(400)
  expect((await ask('GET', '/reviews/look/tasks/b1')).body.status).toBe('ready')
})

it('answers 409 to who comes too late, with who decided what, and 404 for what it never knew', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
  const task = '/reviews/look/tasks/b1'
  await ask('POST', `${task}/decide`, { decision: 'accept', hop: 1, by: 'ann' })
  const late = await ask('POST', `${task}/decide`, { decision: 'accept', hop: 1, by: 'bob' })
  expect(late.status).toBe(409)
  expect(late.body.message).toContain('ann decided "accept", and it is in "scans/output" now')
  expect((await ask('POST', `${task}/claim`, { by: 'bob' })).status).toBe(409)
  expect((await ask('GET', task)).status).toBe(404)
  const never = await ask('POST', '/reviews/look/tasks/b2/decide', { decision: 'accept', hop: 1, by: 'bob' })
  expect(never).toMatchObject({ status: 404, body: { code: 'not_found', id: 'b2' } })
})

it('refuses a decision on an earlier stay of a token that has come back', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
  await queues.input.push('b1', Blurred({ page: '2', why: 'blurred' }), { enter: 'replace' })
  const task = '/reviews/look/tasks/b1/decide'
  const early = await ask('POST', task, { decision: 'accept', hop: 1, by: 'ann' })
  expect(early).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(early.body.message).toContain('has moved on since you looked at it')
  expect((await ask('POST', task, { decision: 'accept', hop: 2, by: 'ann' })).status).toBe(200)
})

it('reaches the desks of nested pipelines by their path, encoded or not', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('shelf/7', Rare({ page: '1' }))
  expect((await ask('GET', '/reviews/gate/0/tasks')).body.tasks).toMatchObject([{ id: 'shelf/7' }])
  expect((await ask('GET', '/reviews/gate%2F0/tasks?limit=1')).body.tasks).toHaveLength(1)
  const task = await ask('GET', '/reviews/gate%2f0/tasks/shelf%2F7')
  expect(task).toMatchObject({ status: 200, body: { desk: 'gate/0', value: '1' } })
  const pass = { decision: 'pass', hop: 1, by: 'ann' }
  expect((await ask('POST', '/reviews/gate/0/tasks/shelf%2F7/decide', pass)).status).toBe(200)
  expect((await ask('GET', '/reviews/gate/1/tasks')).body.tasks).toMatchObject([{ id: 'shelf/7', hop: 2 }])
})

it('says which desks there are when asked for another', async () => {
  const { ask } = await serveScans()
  for (const _ of ['once', 'and again']) {
    const { status, body } = await ask('GET', '/reviews/loko/tasks')
    expect(status).toBe(404)
    expect(body.message).toBe(
      'There is nothing at /reviews/loko/tasks; the desks are "look", "gate/0", "gate/1".',
    )
  }
})

it('says of a path that goes on behind an id how a slash in an id is written', async () => {
  const { ask } = await serveScans()
  for (const path of ['/tokens/shelf/7', '/reviews/look/tasks/shelf/7', '/reviews/gate/0/tasks/shelf/7']) {
    const { status, body } = await ask('GET', path)
    expect(status, path).toBe(404)
    expect(body.message, path).toMatch(/; a slash in an id is written %2F\.$/)
  }
})
