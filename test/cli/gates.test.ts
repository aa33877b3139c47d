import { beforeEach, expect, it } from 'vitest'
import { answerOf, cli, folder, letters } from './rig.ts'

let cwd: string
beforeEach(async () => {
  cwd = folder()
  await cli(cwd, 'seed', letters, '--ids', 'a')
})

const answer = (...args: string[]) => answerOf(cwd, ...args)
const isTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

it('closes and opens the gate of a queue, and shows who has closed it and why', async () => {
  expect((await cli(cwd, 'gates')).out).toBe('There are no gates yet.')
  const { out } = await cli(cwd, 'gate', 'close', 'stamp', '--reason', 'no ink')
  expect(out).toBe('gate letters/stamp is closed')
  const [shut] = await answer('gates')
  expect(shut).toMatchObject({
    ...{ name: 'letters/stamp', closed: true, why: 'closed', reason: 'no ink', held: 0 },
    actor: expect.any(String),
    queues: ['letters/stamp'],
  })
  expect((await cli(cwd, 'gates')).out).toMatch(/^letters\/stamp .* closed by .+: no ink +letters\/stamp$/m)
  expect((await cli(cwd, 'status')).out).toMatch(/^letters\/stamp .* paused by .+: no ink$/m)
  expect((await cli(cwd, 'token', 'a')).out).toContain('waits at gate letters/stamp, closed by')
  expect((await answer('token', 'a')).row.parked).toMatchObject({ gate: 'letters/stamp', why: 'closed' })
  expect(await answer('gate', 'open', 'letters/stamp')).toEqual({ gate: 'letters/stamp', closed: false })
  expect((await answer('gates')).filter(({ closed }: { closed: boolean }) => closed)).toEqual([])
})

it('closes a gate for some time, or for one key', async () => {
  await cli(cwd, 'gate', 'close', 'stamp', '--for', '3600')
  expect(await answer('gates')).toMatchObject([{ name: 'letters/stamp', until: isTime, againAt: isTime }])
  await cli(cwd, 'gate', 'open', 'stamp')
  const { out } = await cli(cwd, 'gate', 'close', 'stamp', '--key', 'ann')
  expect(out).toBe('gate letters/stamp for ann is closed')
  expect(await answer('gates')).toContainEqual(
    expect.objectContaining({ name: 'letters/stamp', key: 'ann', closed: true }),
  )
})

it('sets the limit and the rate of a gate by hand, and shows what was declared, and who has set it and why', async () => {
  const { out } = await cli(
    cwd,
    'gate',
    'stamp',
    '--limit',
    '3',
    '--rate',
    '5/s',
    '--by',
    'ann',
    '--reason',
    'ink',
  )
  expect(out).toBe('gate letters/stamp has limit 3, rate 5 in 1000 ms')
  const by = { actor: 'ann', reason: 'ink', at: isTime }
  const overridden = { limit: by, rate: by }
  expect(await answer('gates')).toMatchObject([
    { name: 'letters/stamp', limit: 3, rate: { units: 5, perMs: 1000 }, overridden },
  ])
  const said = 'limit 3 (declared: none), by ann: ink, '
  expect((await cli(cwd, 'gates')).out).toContain(said)
  expect((await cli(cwd, 'status')).out).toContain(said)
  expect((await answer('status'))[0].overridden).toEqual([
    { gate: 'letters/stamp', limit: 3, rate: { units: 5, perMs: 1000 }, overridden },
  ])
  expect(await answer('gate', 'stamp', '--limit', 'default')).toEqual({ gate: 'letters/stamp', limit: null })
  const more = ['--rate', '1.5/10m', '--burst', '4', '--key', 'bob']
  expect((await cli(cwd, 'gate', 'stamp', ...more)).out).toBe(
    'gate letters/stamp for bob has rate 1.5 in 600000 ms',
  )
  const [all, bob] = await answer('gates')
  expect(all.overridden).toEqual({ rate: by })
  expect(bob).toMatchObject({ key: 'bob', rate: { units: 1.5, perMs: 600_000, burst: 4 } })
  await cli(cwd, 'gate', 'stamp', '--rate', 'default')
  expect((await answer('status'))[0].overridden).toBeUndefined()
})

it('refuses a setting of a gate that is none', async () => {
  for (const wrong of [
    [],
    ['--limit', '-1'],
    ['--limit', 'none'],
    ['--rate', '5'],
    ['--rate', '0/s'],
    ['--rate', '5/0s'],
    ['--rate', '5/y'],
    ['--burst', '2'],
    ['--rate', 'default', '--burst', '2'],
  ])
    expect(await cli(cwd, 'gate', 'stamp', ...wrong), wrong.join(' ')).toMatchObject({ code: 2 })
  expect(await cli(cwd, 'gate', 'stmap', '--limit', '1')).toMatchObject({ code: 1 })
})

it('says which gates there are where it finds none, and refuses a time that is none', async () => {
  expect(await cli(cwd, 'gate', 'close', 'stmap')).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no gate "stmap"; the gates, and queues, are: letters/stamp'),
  })
  expect(await cli(cwd, 'gate', 'close', 'stamp', '--for', '0')).toMatchObject({ code: 2 })
  expect(await cli(cwd, 'gate', 'open', 'stamp', '--for', '9')).toMatchObject({ code: 2 })
})
