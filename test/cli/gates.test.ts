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

it('says which gates there are where it finds none, and refuses a time that is none', async () => {
  expect(await cli(cwd, 'gate', 'close', 'stmap')).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no gate "stmap"; the gates, and queues, are: letters/stamp'),
  })
  expect(await cli(cwd, 'gate', 'close', 'stamp', '--for', '0')).toMatchObject({ code: 2 })
  expect(await cli(cwd, 'gate', 'open', 'stamp', '--for', '9')).toMatchObject({ code: 2 })
})
