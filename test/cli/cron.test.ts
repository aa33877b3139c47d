import { expect, it, vi } from 'vitest'
import { built } from './built.ts'
import { answerOf, folder, start } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })
const within = { timeout: 60_000, interval: 50 }

/** The times for which tokens have entered, in seconds from the first. */
async function times(cwd: string): Promise<readonly number[]> {
  const rows: readonly { readonly id: string }[] = await answerOf(
    cwd,
    ...['sql', 'select id from tokens', '--db', 'ticks.db'],
  )
  const found = rows.map(({ id }) => Date.parse(id.replace('tick@', '')) / 1000).sort((a, b) => a - b)
  return found.map((at) => at - found[0]!)
}

it('lets one token enter at each time, also when its processes are killed', async () => {
  const cwd = folder()
  const work = () => start(built.main, cwd, 'work', built.ticking)
  const more = async (count: number, than = 0) => {
    const isMore = async () => (await times(cwd).catch(() => [])).length >= than + count
    await vi.waitUntil(isMore, within)
    return than + count
  }
  const [first, second] = [work(), work()]
  let seen = await more(2)
  first.process.kill('SIGKILL')
  seen = await more(2, seen)
  const third = work()
  second.process.kill('SIGKILL')
  await more(5, seen)
  third.process.kill('SIGTERM')
  expect(await third.ended, third.output()).toBe(0)
  const found = await times(cwd)
  expect(found).toEqual([...found.keys()])
})
