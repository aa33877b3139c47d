import { expect, it } from 'vitest'
import { cancelQueues, moveQueues } from '../../src/app/database/move-queues.ts'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import type { Source, Target } from '../../src/move/house.ts'
import { moveHouse } from '../../src/move/move-house.ts'
import { tables } from '../../src/move/tables.ts'
import { sql } from '../postgres/schemas.ts'
import { entering, file, fill, idsIn, isThere, move, type Place, schema, standingOf } from './rig.ts'

/** Begins a move, and stops it before the source is closed for good. */
async function moveHalf(from: Place, to: Place): Promise<void> {
  const [source, target] = [from.house(), to.house()]
  const stopped: Source = { ...source, closeForGood: () => Promise.reject(new Error('stopped')) }
  await expect(moveHouse(stopped, target)).rejects.toThrow('stopped')
  await source.end()
  await target.end()
}

const kinds: readonly (readonly [string, () => Place, () => Place])[] = [
  ['a SQLite file', file, schema],
  ['a schema of Postgres', schema, file],
]

for (const [name, here, there] of kinds) {
  it(`${name} that is being moved, or was, takes no writes, and answers questions`, async () => {
    const [from, to] = [here(), there()]
    await fill(from, 2)
    const old = await from.open()
    const declaration = {
      workflow: 'shop',
      queues: [{ name: 'shop/first', role: 'stage' }],
      fingerprint: 'v1',
    } as const
    const [leased] = await old.lease('shop/first', {
      owner: 'w',
      leaseMs: 60_000,
      timeoutMs: 60_000,
      limit: 1,
    })
    const hop = [
      {
        kind: 'pop',
        event: 'moved',
        queue: 'shop/first',
        id: leased!.id,
        hop: leased!.hop,
        lease: leased!.lease,
      },
      {
        kind: 'push',
        queue: 'shop/second',
        token: { ...leased!, hop: leased!.hop + 1 },
        value: null,
      },
    ] as never
    await moveHalf(from, to)
    for (const state of ['moving', 'moved'] as const) {
      if (state === 'moved') await move(from, to)
      const refusal = state === 'moving' ? /are being moved to .*--cancel/ : /were moved to .*start again/
      expect(await standingOf(from)).toBe(state)
      await expect(old.commit([entering('more', 1)])).rejects.toThrow(refusal)
      await expect(old.commit(hop)).rejects.toThrow(refusal)
      await expect(old.lease('shop/first', { owner: 'w', leaseMs: 1000, timeoutMs: 1000 })).rejects.toThrow(
        refusal,
      )
      await expect(old.declare(declaration)).rejects.toThrow(refusal)
      const again = await from.open()
      await expect(again.declare(declaration)).rejects.toThrow(refusal)
      expect((await again.list('shop/first', { limit: 10 })).rows).toHaveLength(2)
      await again.close()
    }
    await old.close()
    expect(await idsIn(to)).toEqual(['t0', 't1'])
  }, 60_000)

  it(`${name} that is being filled does not open`, async () => {
    const [from, to] = [there(), here()]
    await fill(from, 1)
    await moveHalf(from, to)
    await expect(to.open()).rejects.toThrow(/is being filled with the queues of .* by `pipewright move-to`/)
    await move(from, to)
    expect(await idsIn(to)).toEqual(['t0'])
  }, 60_000)

  it(`a move from ${name} can be cancelled before that is closed for good`, async () => {
    const [from, to] = [here(), there()]
    await fill(from, 1)
    await expect(cancelQueues(from.name, to.name)).rejects.toThrow(/are not being moved/)
    await moveHalf(from, to)
    await cancelQueues(from.name, to.name)
    expect(await isThere(to)).toBe(false)
    const backend = await from.open()
    await backend.commit([entering('more', 1)])
    await backend.close()
    await moveQueues(from.name, to.name)
    expect(await idsIn(to)).toEqual(['more', 't0'])
    await expect(cancelQueues(from.name, to.name)).rejects.toThrow(/cannot be cancelled: .* were moved to/)
  }, 60_000)

  it(`what was filled from ${name} for a cancelled move never opens`, async () => {
    const [from, to] = [here(), there()]
    await fill(from, 1)
    await moveHalf(from, to)
    // The target cannot be reached.
    const source = from.house()
    const found = await source.standing()
    await source.reopen(found as never)
    await source.end()
    await expect(to.open()).rejects.toThrow(/is being filled/)
    const backend = await from.open()
    await backend.commit([entering('more', 1)])
    await backend.close()
    await move(from, to)
    expect(await idsIn(to)).toEqual(['more', 't0'])
  }, 60_000)

  it(`leases of ${name} come over with the time that they have left`, async () => {
    const [from, to] = [here(), there()]
    await fill(from, 2)
    const before = await from.open()
    const [leased] = await before.lease('shop/first', {
      ...{ owner: 'person:ann', leaseMs: 600_000, timeoutMs: 600_000, limit: 1 },
    })
    await before.close()
    await move(from, to)
    const after = await to.open()
    const { rows } = await after.list('shop/first', { limit: 10 })
    const row = rows.find(({ id }) => id === leased!.id)!
    expect(row).toMatchObject({ status: 'leased', owner: 'person:ann', lease: leased!.lease })
    expect(row.leaseLeftMs).toBeGreaterThan(500_000)
    expect(row.leaseLeftMs).toBeLessThanOrEqual(600_000)
    const { id, hop, lease } = leased!
    await after.commit([{ kind: 'pop', event: 'discarded', queue: 'shop/first', id, hop, lease } as never])
    await after.close()
  }, 60_000)
}

it('a row that has changed in the target is found, and named, and nothing is opened', async () => {
  const [from, to] = [file(), schema()]
  await fill(from, 5)
  const [source, target] = [from.house(), to.house()]
  const meddling: Target = {
    ...target,
    async settle(...given) {
      await target.settle(...given)
      await sql(`update ${to.schema}.pw_tokens set value = '{"n":99}' where token = 4`)
    },
  }
  await expect(moveHouse(source, meddling)).rejects.toThrow(
    /^tokens did not come over as it was: of the rows between none and 5 the one with the key 4 differs in value\./,
  )
  await source.end()
  await target.end()
  expect([await standingOf(from), await standingOf(to)]).toEqual(['moving', 'filling'])
  await sql(`update ${to.schema}.pw_tokens set value = '{"n":3}' where token = 4`)
  await sql(`delete from ${to.schema}.pw_history where line = 1`)
  await expect(move(from, to)).rejects.toThrow(/^history has 5 rows in .* and 4 in /)
  await cancelQueues(from.name, to.name)
  await move(from, to)
  expect(await idsIn(to)).toHaveLength(5)
}, 60_000)

it('a row that has changed in a file is found too', async () => {
  const [from, to] = [schema(), file()]
  await fill(from, 5)
  const [source, target] = [from.house(), to.house()]
  const meddling: Target = {
    ...target,
    async settle(...given) {
      await target.settle(...given)
      const db = openDatabase(to.name)
      db.exec(`update pw_history set at = at + 1 where line = 2`)
      db.close()
    },
  }
  await expect(moveHouse(source, meddling)).rejects.toThrow(/^history did not .* the key 2 differs in at\./)
  await source.end()
  await target.end()
}, 60_000)

it('a target that is not empty is refused, and nothing is changed', async () => {
  const [from, other, there] = [file(), file(), schema()]
  for (const place of [from, other, there]) await fill(place, 1)
  for (const to of [other, there])
    await expect(move(from, to)).rejects.toThrow(/is not empty: Pipewright has tables there/)
  await expect(moveQueues(from.name, from.name)).rejects.toThrow(/already/)
  expect(await standingOf(from)).toBe('open')
}, 60_000)

it('another target than the one of the move is refused, and what was moved is not moved twice', async () => {
  const [from, to, other] = [file(), schema(), file()]
  await fill(from, 1)
  await moveHalf(from, to)
  await expect(move(from, other)).rejects.toThrow(/are being moved to .*, not to /)
  await expect(move(other, to)).rejects.toThrow(/There are no queues/)
  await fill(other, 1)
  await expect(move(other, to)).rejects.toThrow(/is being filled with the queues of/)
  await expect(move(to, file())).rejects.toThrow(/is being filled with the queues of/)
  await move(from, to)
  const third = file()
  await expect(move(from, third)).rejects.toThrow(/were moved to/)
  expect(await isThere(third)).toBe(false)
}, 60_000)

it('entries in an inbox, which only a file has, are not left behind', async () => {
  const from = file()
  await fill(from, 1)
  const db = openDatabase(from.name)
  const insert = `insert into shop_inbox (id, value) values ('late', '{"n":1}')`
  db.exec(insert)
  const there = schema()
  await expect(move(from, there)).rejects.toThrow(/The inboxes of .* have 1 entry, and .* has no inboxes\./)
  expect([await standingOf(from), await isThere(there)]).toEqual(['open', false])
  const to = file()
  await move(from, to)
  expect(() => db.exec(insert)).toThrow(/were moved to/)
  db.close()
  const moved = openDatabase(to.name)
  expect(moved.prepare('select id, value, state from shop_inbox').all()).toEqual([
    { id: 'late', value: '{"n":1}', state: 'waiting' },
  ])
  moved.close()
}, 60_000)

it('clocks that differ are told', async () => {
  const [from, to] = [file(), schema()]
  await fill(from, 1)
  const warnings: string[] = []
  const [source, target] = [from.house(), to.house()]
  const late: Source = {
    ...source,
    async clocks() {
      const { now, elapsed } = await source.clocks()
      return { now: now - 60_000, elapsed }
    },
  }
  await moveHouse(late, target, { onWarning: (message) => warnings.push(message) })
  expect(warnings).toEqual([expect.stringMatching(/^The clock of .* is 60 s ahead of that of .* earlier\.$/)])
  await source.end()
  await target.end()
}, 60_000)

it('of two movers at once one is refused', async () => {
  const [from, to] = [file(), schema()]
  await fill(from, 3)
  await moveHalf(from, to)
  const [first, second] = [to.house(), to.house()]
  const { move: id } = (await first.standing()) as { move: string }
  const progress = (await first.progress()).get('tokens')!
  expect(progress.isCopied).toBe(true)
  await expect(
    second.write(id, await from.house().read(tokens, { after: undefined, limit: 1, bytes: 1 }), {
      ...progress,
      copied: 0,
    }),
  ).rejects.toThrow(/another process moves it/)
  await expect(second.open('another', {} as never)).rejects.toThrow(/another process moves it/)
  await first.end()
  await second.end()
}, 60_000)

const tokens = tables.find(({ name }) => name === 'tokens')!
