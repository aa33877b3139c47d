import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Fault } from '../../src/queue/contract.ts'
import { answerOf, cli, folder, letters } from './rig.ts'

let cwd: string
beforeEach(() => {
  cwd = folder()
})

const answer = (...args: string[]) => answerOf(cwd, ...args)

/** Makes the letters `ids` dead in the first queue, of an error with the name `name`. */
async function bury(name: string, ids: readonly string[], more: Partial<Fault> = {}) {
  const backend = await sqlite(join(cwd, 'queues.db'))
  const lease = { owner: 'test', leaseMs: 1000, timeoutMs: 1000, limit: 10, ids }
  const rows = await backend.lease('letters/stamp', lease)
  const error = { kind: 'error', name, message: 'went wrong', ...more } as const
  await backend.commit(
    rows.map(({ id, hop, lease }) => ({ kind: 'bury', queue: 'letters/stamp', id, hop, lease, error })),
  )
  await backend.close()
}

it('makes dead messages ready again: all, one, or those of one class of error', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b,c,d')
  await bury('TypeError', ['a', 'b'])
  await bury('RangeError', ['c'])
  const dry = await cli(cwd, 'retry', 'stamp', '--error-class', 'TypeError', '--dry-run')
  expect(dry.out).toBe('a\nb\n2 would be ready again in letters/stamp')
  expect((await answer('status'))[0].dead).toBe(3)
  expect(await answer('retry', 'stamp', '--id', 'a')).toMatchObject({ ids: ['a'] })
  expect(await answer('retry', 'letters/stamp', '--error-class', 'RangeError')).toMatchObject({ ids: ['c'] })
  expect((await cli(cwd, 'retry', 'stamp')).out).toBe('1 is ready again in letters/stamp')
  expect((await answer('status'))[0]).toMatchObject({ ready: 4, dead: 0 })
  expect(await cli(cwd, 'retry', 'stamp', '--id', 'd')).toMatchObject({ code: 1, out: '' })
})

it('makes those ready again that a limit, a message or a parent leaves', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b,c,d')
  await bury('Error', ['a', 'b'], { message: 'the ink is dry' })
  await bury('Error', ['c', 'd'], { message: 'the ink is wet' })
  const backend = await sqlite(join(cwd, 'queues.db'))
  const token = { id: 'child', parent: 'p', hop: 1, frames: [], priority: 0, deploy: 1 }
  const push = { kind: 'push', queue: 'letters/stamp', enter: 'refuse' } as const
  await backend.commit([{ ...push, token, value: { tag: 'Written', text: '' } }])
  await backend.close()
  await bury('Error', ['child'])
  const revive = async (...args: string[]) => (await answer('retry', 'stamp', ...args)).ids
  expect(await revive('--message', 'dry', '--limit', '1')).toEqual(['a'])
  expect(await revive('--parent', 'p')).toEqual(['child'])
  expect(await revive('--message', 'ink', '--limit', '2')).toEqual(['b', 'c'])
  expect(await revive()).toEqual(['d'])
})

it('makes those ready again whose error has a cause of one class or code', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b')
  const refused = { name: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:1', code: 'ECONNREFUSED' }
  await bury('TypeError', ['a'], { causes: [{ name: 'AggregateError', message: '' }, refused] })
  await bury('TypeError', ['b'])
  expect(await answer('retry', 'stamp', '--error-class', 'AggregateError', '--dry-run')).toMatchObject({
    ids: ['a'],
  })
  expect(await answer('retry', 'stamp', '--error-class', 'ECONNREFUSED')).toMatchObject({ ids: ['a'] })
})

it('shows where the last error came from, and what was behind it', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const causes = [{ name: 'Error', message: 'down\x1b[2J', code: 'EX', stack: 'at b (b.ts:2:2)' }]
  await bury('TypeError', ['a'], { stack: 'at a (a.ts:1:1)\nat c (c.ts:3:3)', causes })
  expect((await cli(cwd, 'token', 'a')).out.split('\n\n').at(-1)).toBe(
    [
      'the last error',
      '  TypeError: went wrong',
      '    at a (a.ts:1:1)',
      '    at c (c.ts:3:3)',
      '  caused by Error: down\\u001b[2J (EX)',
      '    at b (b.ts:2:2)',
    ].join('\n'),
  )
})
