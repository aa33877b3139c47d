import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { Note } from '../../../src/queue/change.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, newPath, openShop } from './fixture.ts'

const start = Date.UTC(2030, 0, 1)
const by = { owner: 'host:1:abc', deploy: 1 } as const
const reset = { kind: 'error', name: 'FetchError', message: 'read ECONNRESET', code: 'ECONNRESET' } as const

/** What the sqlite3 program of this machine answers, which may be as old as 3.40; undefined if there is none. */
function askProgram(path: string, sql: string): unknown {
  const { error, stdout, stderr } = spawnSync('sqlite3', ['-readonly', '-json', path, sql], {
    encoding: 'utf8',
  })
  if (error) return undefined
  expect(stderr).toBe('')
  return stdout === '' ? [] : JSON.parse(stdout).map((row: object) => Object.values(row))
}

/** A day in a shop: tokens in each condition. */
async function day() {
  const path = await newPath()
  const clock = new FakeClock()
  const shop = await openShop(path, { clock })
  const lease = async (id: string, queue: string, owner: string = by.owner) => {
    const request = { owner, leaseMs: 30_000, timeoutMs: 60_000, ids: [id] }
    return (await shop.lease(queue, request))[0]!
  }
  const answer = async (
    id: string,
    from: string,
    to: string | undefined,
    note: Note & { event: 'moved' },
  ) => {
    const { hop, lease: number, frames, priority } = await lease(id, from)
    const pop = { kind: 'pop', queue: from, id, hop, lease: number, ...by, ...note } as const
    const token = { id, hop: hop + 1, frames, priority, deploy: by.deploy }
    await shop.commit([pop, ...(to ? [{ kind: 'push', queue: to, token, value: { tag: to } } as const] : [])])
  }
  const moved = { event: 'moved' } as const
  const failed = { event: 'failed' as 'moved', error: reset, attempt: 2, workMs: 40 }
  await shop.commit([
    { kind: 'gate', name: 'shop/second', closed: true, actor: 'ann', reason: 'a broken printer' },
  ])
  for (const id of ['early', 'late', 'done', 'cancelled', 'worked on', 'retried', 'dead']) {
    await shop.commit([
      entering(id, { ...(id === 'dead' && { token: { ...entering(id).token, parent: 'early' } }) }),
    ])
    await clock.advance(1000)
  }
  await answer('late', 'shop/first', 'shop/desk', failed)
  await clock.advance(60_000)
  await answer('early', 'shop/first', 'shop/desk', failed)
  await answer('done', 'shop/first', 'shop/done', moved)
  await answer('done', 'shop/done', undefined, { event: 'popped' as 'moved' })
  const take = { kind: 'take', event: 'cancelled', queue: 'shop/first', id: 'cancelled' } as const
  await shop.commit([{ ...take, actor: 'ann', reason: 'twice' }])
  const retried = await lease('retried', 'shop/first')
  const fence = { queue: 'shop/first', hop: 1, lease: retried.lease }
  const postpone = { kind: 'postpone', ...fence, id: 'retried', delayMs: 5000, charge: true } as const
  await shop.commit([{ ...postpone, ...by, attempt: 1, error: reset }])
  const dead = await lease('dead', 'shop/first')
  await shop.commit([
    { kind: 'bury', ...fence, id: 'dead', lease: dead.lease, ...by, attempt: 2, error: reset },
  ])
  const working = await lease('worked on', 'shop/first')
  const progress = { fraction: 0.5, note: 'half' }
  await shop.commit([{ kind: 'remember', ...fence, id: 'worked on', lease: working.lease, progress }])
  await lease('late', 'shop/desk', 'person:ann')
  await clock.advance(1000)
  await shop.commit([
    {
      kind: 'pop',
      queue: 'shop/desk',
      id: 'late',
      hop: 2,
      lease: 1,
      event: 'decided',
      actor: 'ann',
      reason: 'again',
      fields: { text: 'x' },
    },
    {
      kind: 'push',
      queue: 'shop/first',
      token: { ...entering('late').token, hop: 3, deploy: 2 },
      value: { tag: 'New' },
    },
  ])
  await shop.commit([{ kind: 'gate', name: 'shop/second', closed: false, actor: 'bob' }])
  return { path, shop }
}

const t = (seconds: number) => new Date(start + seconds * 1000).toISOString()

const questions: Readonly<Record<string, readonly [sql: string, rows: readonly (readonly unknown[])[]]>> = {
  'How long does what waits in a queue wait?': [
    `select id, since, since_ms from tokens where queue = 'shop/desk' order by since`,
    [['early', t(67), start + 67_000]],
  ],
  'Which queue has what has waited for longest?': [
    `select name, oldest from queues where oldest is not null order by oldest`,
    [
      ['shop/first', t(4)],
      ['shop/desk', t(67)],
    ],
  ],
  'Which errors are there on which day?': [
    `select substr(time, 1, 10), error_name, error_code, error_kind, count(*) from history where error_name is not null group by 1, 2, 3, 4`,
    [['2030-01-01', 'FetchError', 'ECONNRESET', 'error', 4]],
  ],
  'Who works on what, since when, and how far is it?': [
    `select id, owner, leased, until, progress, progress_note from tokens where status = 'leased'`,
    [['worked on', 'host:1:abc', t(67), t(97), 0.5, 'half']],
  ],
  'What is delayed, until when, and why?': [
    `select id, due, attempts, error_name from tokens where status = 'delayed'`,
    [['retried', t(72), 1, 'FetchError']],
  ],
  'What is dead, after how many attempts, and what is its value?': [
    `select id, attempts, error, value, parent from tokens where status = 'dead'`,
    [['dead', 2, 'read ECONNRESET', '{"tag":"New","id":"dead"}', 'early']],
  ],
  'Where did what a stage worked on go?': [
    `select to_queue, event, count(*) from history where queue = 'shop/first' and to_queue is not null group by 1, 2 order by 1`,
    [
      ['shop/desk', 'failed', 2],
      ['shop/done', 'moved', 1],
    ],
  ],
  'How many are done, and how many were cancelled?': [
    `select outcome, count(*) from tokens where outcome is not null group by 1 order by 1`,
    [
      ['cancelled', 1],
      ['done', 1],
    ],
  ],
  'Who paused which queue, when, and why?': [
    `select time, queue, event, actor, reason, id, hop from history where event in ('paused', 'resumed') order by line`,
    [
      [t(0), 'shop/second', 'paused', 'ann', 'a broken printer', null, null],
      [t(68), 'shop/second', 'resumed', 'bob', null, null, null],
    ],
  ],
  'How long does a person take from the claim to the decision?': [
    `select id, actor, time_ms - claimed_ms from (select *, lag(time_ms) over (partition by id order by line) as claimed_ms
       from history where event in ('claimed', 'decided')) where event = 'decided'`,
    [['late', 'ann', 1000]],
  ],
  'What did ann do, and with what?': [
    `select id, event, reason, fields from history where actor = 'ann' order by line`,
    [
      [null, 'paused', 'a broken printer', null],
      ['cancelled', 'cancelled', 'twice', null],
      ['late', 'claimed', null, null],
      ['late', 'decided', 'again', '{"text":"x"}'],
    ],
  ],
  'Which version did it, and which process?': [
    `select deploy, owner, count(*) from history where event in ('moved', 'failed', 'decided') group by 1, 2 order by 1`,
    [
      [1, 'host:1:abc', 3],
      [2, null, 1],
    ],
  ],
}

test('what operators ask is answered by the views, with nothing that SQLite 3.40 does not have', async () => {
  const { path, shop } = await day()
  for (const [question, [sql, rows]] of Object.entries(questions)) {
    expect((await shop.query(sql)).rows, question).toEqual(rows)
    expect(askProgram(path, sql) ?? rows, question).toEqual(rows)
  }
})
