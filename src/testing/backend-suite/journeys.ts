import assert from 'node:assert/strict'
import type { Change, Progress } from '../../queue/change.ts'
import { entering, fenceOf, leaseMs, moving, popping, postponing, someFault, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** What a token leaves behind: where it is, and where it has been. */
export function journeys(test: Test): void {
  test('an id that never entered has no journey', async ({ backend }) => {
    assert.equal(await backend.journey(workflow, 'missing'), undefined)
    assert.equal(await backend.journey('no such workflow', 'missing'), undefined)
  })

  test('a hop is one line, in the queue that was left, with what its worker noted', async (fixture) => {
    const enteredAt = fixture.clock.now()
    await fixture.enter('a', { actor: 'Ann' })
    await fixture.clock.advance(100)
    const held = await fixture.leaseOne('first')
    const [, push] = moving(held, 'second')
    const note = { attempt: 1, actor: 'worker', workMs: 42, reason: 'fine', owner: 'a process' }
    await fixture.backend.commit([popping(held, note), push!])
    const journey = await fixture.backend.journey(workflow, 'a')
    assert.deepEqual(known(journey!.lines[0]!), {
      ...{ at: enteredAt, hop: 1, queue: 'first', event: 'entered', actor: 'Ann', deploy: 1 },
    })
    assert.deepEqual(known(journey!.lines[1]!), {
      ...{ at: enteredAt + 100, hop: 1, queue: 'first', event: 'moved', to: 'second', deploy: 1, ...note },
    })
    assert.equal(journey?.lines.length, 2)
  })

  test('a line says where to, by which version, and in whose name', async (fixture) => {
    await fixture.enter('a', { deploy: 3 })
    const by = { owner: 'a process', deploy: 4 }
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([{ kind: 'postpone', delayMs: 0, charge: true, ...fenceOf(held), ...by }])
    const again = await fixture.leaseOne('first', { owner: 'another' })
    const [, push] = moving(again, 'desk')
    await fixture.backend.commit([popping(again, { event: 'failed', error: someFault, ...by }), push!])
    await fixture.leaseOne('desk', { owner: 'person:ann' })
    await fixture.clock.advance(leaseMs)
    await fixture.leaseOne('desk', { owner: 'person:bob' })
    const { lines } = (await fixture.backend.journey(workflow, 'a'))!
    const shown = lines.map(({ event, to, owner, deploy, actor }) => ({ event, to, owner, deploy, actor }))
    const none = { to: undefined, owner: undefined, deploy: undefined, actor: undefined }
    assert.deepEqual(shown, [
      { ...none, event: 'entered', deploy: 3 },
      { ...none, event: 'postponed', ...by },
      { ...none, event: 'failed', to: 'desk', ...by },
      { ...none, event: 'claimed', owner: 'person:ann', actor: 'ann' },
      { ...none, event: 'expired', owner: 'person:ann', actor: 'ann' },
      { ...none, event: 'claimed', owner: 'person:bob', actor: 'bob' },
    ])
  })

  test('a line says where to also when others have left and come in the same commit', async (fixture) => {
    await fixture.enter('a')
    await fixture.enter('b')
    const [a, b] = [await fixture.leaseOne('first'), await fixture.leaseOne('first')]
    const [popA, pushA] = moving(a, 'second')
    const [popB, pushB] = moving(b, 'done')
    await fixture.backend.commit([popA!, popB!, pushB!, entering('c'), pushA!])
    const to = async (id: string) => (await fixture.backend.journey(workflow, id))!.lines.map(({ to }) => to)
    assert.deepEqual(
      [await to('a'), await to('b'), await to('c')],
      [[undefined, 'second'], [undefined, 'done'], [undefined]],
    )
  })

  test('a journey says how its token has ended', async (fixture) => {
    const ends = async (id: string) => (await fixture.backend.journey(workflow, id))?.outcome
    const ids = ['popped', 'popped at once', 'cancelled', 'discarded', 'taken out', 'again']
    for (const id of ids) await fixture.enter(id)
    const lease = (id: string, queue = 'first') => fixture.leaseOne(queue, { ids: [id] })
    assert.equal(await ends('popped'), undefined)
    for (const id of ['popped', 'taken out']) {
      await fixture.backend.commit(moving(await lease(id), 'done'))
      assert.equal(await ends(id), 'done')
    }
    await fixture.backend.commit([popping(await lease('popped', 'done'), { event: 'popped' })])
    await fixture.backend.commit([popping(await lease('popped at once'), { event: 'popped' })])
    assert.equal(await ends('popped at once'), 'done')
    await fixture.backend.commit([popping(await lease('discarded'), { event: 'discarded', reason: 'x' })])
    const take = { kind: 'take', event: 'cancelled' } as const
    await fixture.backend.commit([
      { ...take, queue: 'first', id: 'cancelled' },
      { ...take, queue: 'done', id: 'taken out' },
      { ...take, queue: 'first', id: 'again' },
    ])
    const endings = ['popped', 'discarded', 'cancelled', 'taken out', 'again'].map(ends)
    assert.deepEqual(await Promise.all(endings), ['done', 'discarded', ...Array(3).fill('cancelled')])
    await fixture.enter('again', { enter: 'replace' })
    assert.equal(await ends('again'), undefined)
  })

  test('a journey says where the token is, and its row there', async (fixture) => {
    await fixture.enter('a', { parent: 'mother', priority: 7 })
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'second', 'new'))
    const { lines: _, ...journey } = (await fixture.backend.journey(workflow, 'a'))!
    const row = await fixture.row('second', 'a')
    assert.deepEqual(known(journey), {
      ...{ id: 'a', workflow, parent: 'mother', priority: row.priority },
      ...{ enteredAt: fixture.clock.now(), queue: 'second', row },
    })
  })

  test('it says the priority of a token also once that has left', async (fixture) => {
    await fixture.enter('a', { priority: 7 })
    await fixture.backend.commit([{ kind: 'take', queue: 'first', id: 'a', event: 'cancelled' }])
    assert.equal((await fixture.backend.journey(workflow, 'a'))?.priority, 7)
  })

  test('entering an output finishes a token, which is then still there', async (fixture) => {
    await fixture.enter('a')
    await fixture.clock.advance(70)
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'done'))
    const finishedAt = fixture.clock.now()
    await fixture.clock.advance(70)
    const journey = await fixture.backend.journey(workflow, 'a')
    assert.deepEqual([journey?.finishedAt, journey?.queue], [finishedAt, 'done'])
    assert.equal(journey?.enteredAt, finishedAt - 70)
  })

  test('what is popped from an output stays finished when it was', async (fixture) => {
    await fixture.enter('a', { queue: 'done' })
    const finishedAt = fixture.clock.now()
    await fixture.clock.advance(70)
    await fixture.backend.commit([popping(await fixture.leaseOne('done'), { event: 'popped' })])
    const journey = await fixture.backend.journey(workflow, 'a')
    assert.deepEqual([journey?.finishedAt, journey?.queue], [finishedAt, undefined])
    assert.deepEqual(await fixture.events('a'), ['entered done', 'popped done'])
  })

  test('a discarded token has finished, in no queue', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([popping(held, { event: 'discarded', reason: 'A duplicate.' })])
    const journey = await fixture.backend.journey(workflow, 'a')
    assert.deepEqual(
      [journey?.finishedAt, journey?.queue, journey?.row],
      [fixture.clock.now(), undefined, undefined],
    )
    assert.equal(journey?.lines.at(-1)?.reason, 'A duplicate.')
  })

  for (const leave of ['pop', 'take'] as const) {
    test(`what a person decided with is in the history (${leave})`, async (fixture) => {
      await fixture.enter('a', { queue: 'desk' })
      const held = await fixture.leaseOne('desk')
      const [pop, push] = moving(held, 'second')
      const fields = { note: 'too "dark"', pages: [3, null], deep: { er: true } }
      const decision = { event: 'decided', actor: 'Ann', reason: 'redo', fields } as const
      const change =
        leave === 'pop'
          ? ({ ...pop, ...decision } as Change)
          : ({ kind: 'take', queue: 'desk', id: 'a', hop: held.hop, ...decision } as const)
      await fixture.backend.commit([change, push!])
      const { lines } = (await fixture.backend.journey(workflow, 'a'))!
      const { actor, reason, fields: kept } = lines.at(-1)!
      assert.deepEqual({ actor, reason, kept }, { actor: 'Ann', reason: 'redo', kept: fields })
      assert.equal(lines[0]!.fields, undefined)
    })
  }

  test('why a message was revived is in the history', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf(await fixture.leaseOne('first')) }])
    const why = { actor: 'Ann', reason: 'a new key', fields: { by: 'retry-1' } } as const
    await fixture.backend.commit([{ kind: 'revive', queue: 'first', id: 'a', ...why }])
    const { lines } = (await fixture.backend.journey(workflow, 'a'))!
    const { event, actor, reason, fields } = lines.at(-1)!
    assert.deepEqual({ event, actor, reason, fields }, { event: 'revived', ...why })
  })

  test('failures are in the history, with their errors', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const failure = { ...postponing(held), attempt: 1, workMs: 3 } as ReturnType<typeof postponing>
    await fixture.backend.commit([failure])
    const { event, error, attempt, workMs } = (await fixture.backend.journey(workflow, 'a'))!.lines.at(-1)!
    assert.deepEqual(
      { event, error, attempt, workMs },
      { event: 'postponed', error: someFault, attempt: 1, workMs: 3 },
    )
  })

  test('progress is in the row and not in the history', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const remembering = (progress: Progress) => ({ kind: 'remember', progress, ...fenceOf(held) }) as const
    await fixture.backend.commit([remembering({ fraction: 0.25, note: 'page 3 of 12' })])
    assert.deepEqual((await fixture.row('first', 'a')).progress, { fraction: 0.25, note: 'page 3 of 12' })
    await fixture.backend.commit([remembering({ fraction: 1 })])
    assert.equal((await fixture.row('first', 'a')).progress?.fraction, 1)
    assert.deepEqual(await fixture.events('a'), ['entered first'])
    await fixture.backend.commit(moving(held, 'second'))
    assert.equal((await fixture.row('second', 'a')).progress, undefined)
  })

  test('of a long history the newest lines are given, oldest first', async (fixture) => {
    await fixture.enter('a')
    for (let n = 0; n < 20; n++) {
      await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'first'))
    }
    const all = (await fixture.backend.journey(workflow, 'a'))!.lines
    assert.deepEqual(
      all.map(({ hop }) => hop),
      [1, ...Array.from({ length: 20 }, (_, n) => n + 1)],
    )
    const last = (await fixture.backend.journey(workflow, 'a', { limit: 3 }))!.lines
    assert.deepEqual(last, all.slice(-3))
  })

  test('history is wall time', async (fixture) => {
    fixture.clock.jump(-86_400_000)
    await fixture.enter('a')
    const { lines, enteredAt } = (await fixture.backend.journey(workflow, 'a'))!
    assert.deepEqual([lines[0]?.at, enteredAt], [fixture.clock.now(), fixture.clock.now()])
  })
}

/** `record` without what is undefined in it. */
function known(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, cell]) => cell !== undefined))
}
