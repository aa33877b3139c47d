import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Backend } from '../../src/queue/backend.ts'
import type { Change } from '../../src/queue/change.ts'
import type { AccessToken } from '../../src/serve/index.ts'
import { serveBackend } from '../../src/serve/serve-backend.ts'
import { openUsual } from '../on/open.ts'

let backend: Backend
let app: FastifyInstance

const tokens: readonly AccessToken[] = [
  { name: 'worker', token: 'w-secret', may: { work: ['books/scan'] } },
  { name: 'sender', token: 'e-secret', may: { enter: ['books/scan'] } },
  { name: 'reader', token: 'r-secret', may: { read: ['books/scan'] } },
  { name: 'all-reader', token: 'a-secret', may: { read: true } },
  { name: 'operator', token: 'o-secret', may: { operate: ['books/*'] } },
  { name: 'deployer', token: 'd-secret', may: { declare: ['books/*'] } },
  { token: 'nothing', may: {} },
]

const queues = ['scan', 'check', 'output'].map(
  (stage) => ({ name: `books/${stage}`, role: stage === 'output' ? 'output' : 'stage' }) as const,
)
const declaration = { workflow: 'books', queues, fingerprint: '1' }

beforeEach(async () => {
  backend = await openUsual()
  await backend.declare(declaration)
  await backend.declare({
    workflow: 'secret',
    queues: [{ name: 'secret/only', role: 'stage' }],
    fingerprint: '1',
  })
  app = fastify()
  await app.register(serveBackend(backend, { token: 'everything', tokens }))
})

afterEach(() => app.close())

async function ask(who: string, route: string, payload: object) {
  const headers = { authorization: `Bearer ${who}` }
  const answer = await app.inject({ method: 'POST', url: `/${route}`, headers, payload })
  return { status: answer.statusCode, ...answer.json() }
}

const commit = (who: string, ...changes: readonly object[]) => ask(who, 'commit', { changes })
const lacks = (name: string, right: string, queue?: string) => ({
  status: 403,
  code: 'forbidden',
  message: `The token "${name}" has not the right "${right}"${queue === undefined ? ' for all queues' : ` in "${queue}"`}.`,
})
const push = (queue: string, id: string, more: object = {}) => ({
  ...{ kind: 'push', queue, value: 1, enter: 'refuse', ...more },
  token: { id, hop: 1, frames: [], priority: 0, deploy: 1 },
})

/** Lets a token enter, and leases it. */
async function leased(queue: string, id: string) {
  await backend.commit([push(queue, id) as Change])
  const [row] = await backend.lease(queue, { owner: 'me', leaseMs: 60_000, timeoutMs: 60_000 })
  return { queue, id, hop: row!.hop, lease: row!.lease }
}

const leasing = (queue: string) => ({ queue, request: { owner: 'w', leaseMs: 9_999, timeoutMs: 9_999 } })

describe('a token that may work in one queue', () => {
  test('leases there and nowhere else', async () => {
    expect(await ask('w-secret', 'lease', leasing('books/scan'))).toMatchObject({ status: 200 })
    expect(await ask('w-secret', 'lease', leasing('books/check'))).toEqual(
      lacks('worker', 'work', 'books/check'),
    )
  })

  test('leads a token on to another queue, and answers for no other queue', async () => {
    const fence = await leased('books/scan', 'a')
    const on = {
      ...push('books/check', 'a', { enter: undefined }),
      token: { ...push('', 'a').token, hop: 2 },
    }
    expect(await commit('w-secret', { kind: 'pop', event: 'moved', ...fence }, on)).toMatchObject({
      status: 200,
    })
    const [row] = await backend.lease('books/check', { owner: 'me', leaseMs: 9_999, timeoutMs: 9_999 })
    const there = { queue: 'books/check', id: 'a', hop: 2, lease: row!.lease }
    for (const change of [
      { kind: 'pop', event: 'discarded', ...there },
      { kind: 'postpone', charge: true, ...there },
      { kind: 'bury', ...there },
      { kind: 'remember', value: 2, ...there },
      { kind: 'accompany', ...there },
    ])
      expect(await commit('w-secret', change)).toEqual(lacks('worker', 'work', 'books/check'))
    const extending = await ask('w-secret', 'extend', { owner: 'me', fences: [there] })
    expect(extending).toEqual(lacks('worker', 'work', 'books/check'))
    expect(await ask('w-secret', 'pass', { fence: there, toll: { gate: 'books/check' } })).toEqual(
      lacks('worker', 'work', 'books/check'),
    )
    expect((await backend.get('books/check', 'a'))!.status).toBe('leased')
  })

  test('cannot put a token that has not left a queue of its own into another', async () => {
    await backend.commit([push('books/check', 'b') as Change])
    expect(await commit('w-secret', push('books/output', 'b', { enter: undefined }))).toMatchObject({
      status: 409,
    })
    expect(await backend.get('books/check', 'b')).toBeDefined()
  })

  test('cannot let one enter, replace one, or do what people do', async () => {
    const fence = await leased('books/scan', 'a')
    const own = { kind: 'remember', ...fence }
    await backend.commit([push('books/check', 'b') as Change])
    expect(await commit('w-secret', own, push('books/scan', 'c'))).toEqual(
      lacks('worker', 'enter', 'books/scan'),
    )
    const operate = lacks('worker', 'operate', 'books/check')
    const at = { queue: 'books/check', id: 'b' }
    for (const change of [
      { kind: 'take', ...at, event: 'cancelled' },
      { kind: 'take', ...at, unheld: true, event: 'late' },
      { kind: 'revive', ...at },
      { kind: 'mark', ...at, set: { x: 1 }, actor: 'me' },
      { kind: 'line', ...at, event: 'commented', actor: 'me', reason: 'x' },
      { kind: 'gate', name: 'books/check', closed: true },
      { kind: 'gate', name: 'books/check', limit: 1 },
    ])
      expect(await commit('w-secret', own, change)).toEqual(operate)
    const tree = {
      kind: 'take',
      queue: 'books/scan',
      id: 'a',
      event: 'cancelled',
      descend: true,
      unheld: true,
    }
    expect(await commit('w-secret', tree)).toEqual(lacks('worker', 'operate', 'books/*'))
  })

  test('takes what is late in its queue, and shuts its own gate in the commit of a failure', async () => {
    await backend.commit([push('books/scan', 'b') as Change])
    const late = { kind: 'take', queue: 'books/scan', id: 'b', unheld: true, event: 'late' }
    expect(await commit('w-secret', late)).toMatchObject({ status: 200 })
    const shut = { kind: 'gate', name: 'books/scan', closed: true, forMs: 5 }
    expect(await commit('w-secret', shut)).toEqual(lacks('worker', 'operate', 'books/scan'))
    const fence = await leased('books/scan', 'a')
    const back = { kind: 'postpone', charge: false, delayMs: 0, ...fence }
    expect(await commit('w-secret', back, { ...shut, limit: 9 })).toEqual(
      lacks('worker', 'operate', 'books/scan'),
    )
    expect(await commit('w-secret', back, shut)).toMatchObject({ status: 200 })
  })

  test('mails, and keeps records of, the tokens in its queue only', async () => {
    await backend.commit([push('books/scan', 'here') as Change, push('books/check', 'there') as Change])
    for (const change of [
      { kind: 'mail', workflow: 'books', name: 'n' },
      { kind: 'put', workflow: 'books', key: 'k', value: 1 },
      { kind: 'drop', workflow: 'books', key: 'k' },
    ]) {
      expect(await commit('w-secret', { ...change, id: 'here' })).toMatchObject({ status: 200 })
      expect(await commit('w-secret', { ...change, id: 'there' })).toEqual(
        lacks('worker', 'work', 'books/check'),
      )
      expect(await commit('w-secret', { ...change, id: 'nobody' })).toEqual(
        lacks('worker', 'work', 'books/*'),
      )
      expect(await commit('w-secret', { ...change, workflow: 'secret', id: 'here' })).toEqual(
        lacks('worker', 'work', 'secret/*'),
      )
    }
    for (const [scope, status] of [
      [{ workflow: 'books', id: 'here' }, 200],
      [{ workflow: 'books', id: 'there' }, 403],
      [{ workflow: 'books' }, 403],
    ] as const)
      expect(await ask('w-secret', 'records', { scope })).toMatchObject({ status })
  })

  test('a fence that does not hold proves nothing', async () => {
    await backend.commit([push('books/check', 'there') as Change])
    const forged = { kind: 'remember', queue: 'books/scan', id: 'there', hop: 1, lease: 1 }
    const mail = { kind: 'mail', workflow: 'books', id: 'there', name: 'n' }
    expect(await commit('w-secret', forged, mail)).toMatchObject({ status: 409, code: 'lease_lost' })
    // Nor do the words of one in a change that is no fence.
    const disguised = { ...push('books/scan', 'there'), enter: undefined, lease: 1, hop: 1 }
    expect(await commit('w-secret', disguised, mail)).toEqual(lacks('worker', 'work', 'books/check'))
    expect((await backend.recall('books', 'there')).letters).toEqual([])
  })

  test('hears of strays in its queue only', async () => {
    await leased('books/scan', 'a')
    await leased('books/check', 'b')
    const { strays } = await ask('w-secret', 'extend', { owner: 'me', fences: [] })
    expect(strays).toMatchObject([{ queue: 'books/scan', id: 'a' }])
  })

  test('starts with a version that has been declared, and declares none', async () => {
    expect(await ask('w-secret', 'declare', { declaration })).toEqual({ status: 200, deploy: 1 })
    const newer = { ...declaration, queues: queues.slice(1), fingerprint: '2' }
    expect(await ask('w-secret', 'declare', { declaration: newer })).toEqual(
      lacks('worker', 'declare', 'books/*'),
    )
    const other = { ...declaration, workflow: 'secret' }
    expect(await ask('w-secret', 'declare', { declaration: other })).toEqual(
      lacks('worker', 'declare', 'secret/*'),
    )
    expect(await backend.deploys('books')).toHaveLength(1)
    expect(await ask('d-secret', 'declare', { declaration: { ...newer, queues } })).toMatchObject({
      deploy: 2,
    })
  })

  test('says that its process works, and nothing else of its workflow', async () => {
    const put = { kind: 'put', workflow: 'books', value: {} }
    expect(await commit('w-secret', { ...put, key: 'process/me' })).toMatchObject({ status: 200 })
    for (const key of ['cron/nightly', 'once/x', 'bulk/1'])
      expect(await commit('w-secret', { ...put, key })).toEqual(lacks('worker', 'operate', 'books/*'))
    expect(await commit('w-secret', { ...put, workflow: 'secret', key: 'process/me' })).toMatchObject({
      status: 403,
    })
    const receipt = { kind: 'put', workflow: 'pipewright/http', key: 'k', repeat: true }
    expect(await commit('w-secret', receipt)).toMatchObject({ status: 200 })
    expect(await commit('w-secret', { ...receipt, repeat: undefined })).toMatchObject({ status: 403 })
  })
})

describe('a token that lets others enter', () => {
  test('does so where it may, once for each key, and takes none from where it is', async () => {
    const once = { kind: 'put', workflow: 'books', key: 'once/x', repeat: true }
    expect(await commit('e-secret', push('books/scan', 'a'), once)).toMatchObject({ status: 200 })
    expect(await commit('e-secret', push('books/check', 'b'))).toEqual(
      lacks('sender', 'enter', 'books/check'),
    )
    await backend.commit([push('books/check', 'c') as Change])
    expect(await commit('e-secret', push('books/scan', 'c', { enter: 'replace' }))).toEqual(
      lacks('sender', 'operate', 'books/check'),
    )
    expect(await commit('e-secret', push('books/scan', 'd', { enter: 'replace' }))).toMatchObject({
      status: 200,
    })
    const back = push('books/scan', 'd', { enter: 'replace', event: 'rerun', lastHop: 1 })
    expect(await commit('e-secret', back)).toEqual(lacks('sender', 'operate', 'books/scan'))
    expect(await ask('e-secret', 'lease', leasing('books/scan'))).toEqual(
      lacks('sender', 'work', 'books/scan'),
    )
  })

  test('cannot forge the result of a child', async () => {
    await backend.commit([push('books/check', 'parent') as Change])
    const reply = { workflow: 'books', id: 'parent', hop: 1, name: 'result', key: '1' }
    expect(await commit('e-secret', push('books/scan', 'child', { reply }))).toEqual(
      lacks('sender', 'work', 'books/check'),
    )
  })
})

describe('a token that reads', () => {
  const reads = [
    ['get', { queue: 'books/check', id: 'b' }, 'books/check'],
    ['list', { queue: 'books/check' }, 'books/check'],
    ['list', { queue: { workflow: 'books' } }, 'books/*'],
    ['count', { queue: 'books/check' }, 'books/check'],
    ['tally', { request: { queue: 'books/check' } }, 'books/check'],
    ['tally', { request: { workflow: 'books' } }, 'books/*'],
    ['journey', { workflow: 'books', id: 'b' }, 'books/check'],
    ['journey', { workflow: 'books', id: 'a', values: true }, 'books/*'],
    ['family', { workflow: 'books', id: 'b' }, 'books/check'],
    ['recall', { workflow: 'books', id: 'b' }, 'books/check'],
    ['records', { scope: { workflow: 'books', id: 'b' } }, 'books/check'],
    ['records', { scope: { workflow: 'books' } }, 'books/*'],
    ['lines', {}, undefined],
    ['lines', { request: { queue: 'books/check' } }, 'books/check'],
    ['deploys', { workflow: 'secret' }, 'secret/*'],
    ['pulse', {}, undefined],
    ['gates', {}, undefined],
  ] as const

  test.each(reads)('%s of %j takes more than one queue', async (route, payload, queue) => {
    await backend.commit([push('books/scan', 'a') as Change, push('books/check', 'b') as Change])
    expect(await ask('r-secret', route, payload)).toEqual(lacks('reader', 'read', queue))
    expect(await ask('a-secret', route, payload)).toMatchObject({ status: 200 })
  })

  test('reads its queue and the tokens that are in it, and changes nothing', async () => {
    await backend.commit([push('books/scan', 'a') as Change])
    for (const [route, payload] of [
      ['get', { queue: 'books/scan', id: 'a' }],
      ['list', { queue: 'books/scan' }],
      ['journey', { workflow: 'books', id: 'a' }],
      ['lines', { request: { queue: 'books/scan' } }],
      ['deploys', { workflow: 'books' }],
    ] as const)
      expect(await ask('r-secret', route, payload)).toMatchObject({ status: 200 })
    const { counts } = await ask('r-secret', 'count', {})
    expect(counts.map(({ queue }: { queue: string }) => queue)).toEqual(['books/scan'])
    expect(await ask('a-secret', 'lease', leasing('books/scan'))).toEqual(
      lacks('all-reader', 'work', 'books/scan'),
    )
    expect(await commit('a-secret', push('books/scan', 'c'))).toMatchObject({ status: 403 })
  })

  test('needs it everywhere for the metrics', async () => {
    const get = (who: string) => app.inject({ url: '/metrics', headers: { authorization: `Bearer ${who}` } })
    expect((await get('a-secret')).statusCode).toBe(200)
    expect((await get('r-secret')).json()).toEqual({
      code: 'forbidden',
      message: 'The token "reader" has not the right "read" for all queues.',
    })
  })
})

test('an operator does by hand what it may, in its workflow', async () => {
  await backend.commit([push('books/scan', 'a') as Change, push('secret/only', 's') as Change])
  const mark = { kind: 'mark', set: { x: 1 }, actor: 'me' }
  expect(await commit('o-secret', { ...mark, queue: 'books/scan', id: 'a' })).toMatchObject({ status: 200 })
  expect(await commit('o-secret', { ...mark, queue: 'secret/only', id: 's' })).toMatchObject({ status: 403 })
  expect(await commit('o-secret', { kind: 'gate', name: 'books/scan', limit: 2 })).toMatchObject({
    status: 200,
  })
  expect(await commit('o-secret', { kind: 'gate', name: 'secret/only', limit: 2 })).toEqual(
    lacks('operator', 'operate', 'secret/only'),
  )
  expect(await ask('o-secret', 'pause', { queue: 'books/check', paused: true })).toMatchObject({
    status: 200,
  })
  expect(await commit('o-secret', { kind: 'line', event: 'noted', actor: 'me', reason: 'x' })).toEqual(
    lacks('operator', 'operate'),
  )
})

test('a token without rights is known, and may do nothing; an unknown one is not let in', async () => {
  expect(await ask('nothing', 'lease', leasing('books/scan'))).toEqual({
    status: 403,
    code: 'forbidden',
    message: 'The token has not the right "work" in "books/scan".',
  })
  expect(await ask('nothing', 'count', {})).toEqual({ status: 200, counts: [] })
  expect(await ask('w-secre', 'count', {})).toMatchObject({ status: 401 })
  expect(await ask('everything', 'lease', leasing('secret/only'))).toMatchObject({ status: 200 })
})

test.each([
  [[], 'at least one token'],
  [['x'], 'Token 1 in `tokens`: it is no object'],
  [[{ may: {} }], 'it has no `token`'],
  [[{ token: 's3cret' }], 'it has no `may`'],
  [[{ token: 's3cret', may: { wrok: true } }], 'it has "wrok", which nothing reads. Did you mean "work"?'],
  [[{ token: 's3cret', may: { work: [] } }], '`work` is true, or a list'],
  [[{ token: 's3cret', may: { work: ['*'] } }], '`work` is true, or a list'],
  [[{ token: 's3cret', may: { work: 'books/scan' } }], '`work` is true, or a list'],
  [[{ token: 's3cret\n', may: {} }], 'spaces or a line break'],
  [[{ token: 's3cret', name: 'two words', may: {} }], 'its `name` is up to 100'],
  [[{ token: 's3cret', rights: {}, may: {} }], 'it has "rights"'],
  [
    [
      { token: 's3cret', may: {} },
      { token: 's3cret', may: {} },
    ],
    'the same token twice',
  ],
])('%j is no list of tokens', (given, sentence) => {
  const serve = () => serveBackend(backend, { tokens: given as never })
  expect(serve).toThrow(sentence)
  expect(serve).not.toThrow('s3cret')
})
