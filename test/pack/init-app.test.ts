import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { readBlocks } from '../readme/blocks.ts'
import { freePort, type Installed, install } from '../readme/installed.ts'
import { type Running, sh } from '../readme/shell.ts'
import { ask } from './questions.ts'

// The app that `init` writes, as a person uses it who has just installed what it asks for.

vi.setConfig({ testTimeout: 120_000 })
const within = { timeout: 60_000, interval: 50 }

let installed: Installed
let app: string
let running: Running | undefined

beforeAll(async () => {
  installed = install()
  // Packages are found in the folder above, as they would be in its own.
  const made = sh(installed.app, 'npx pipewright init my-app')
  expect(await made.ended, made.output()).toBe(0)
  app = join(installed.app, 'my-app')
}, 120_000)

afterAll(async () => {
  if (running?.process.exitCode === null && running.process.signalCode === null)
    process.kill(-running.process.pid!, 'SIGKILL')
  await running?.ended
  installed?.remove()
})

it('compiles, and the compiler says what its README promises', async () => {
  const types = sh(app, 'npm run types')
  expect(await types.ended, types.output()).toBe(0)
  const path = join(app, 'src/workflow.ts')
  const flow = readFileSync(path, 'utf8')
  const without = flow.replace(/^ {4}clarify: [\s\S]*?^ {4}\}\),\n/m, '')
  expect(without.length).toBeLessThan(flow.length)
  writeFileSync(path, without)
  const refused = sh(app, 'npm run types')
  expect(await refused.ended).not.toBe(0)
  writeFileSync(path, flow)
  const [, sentence] = /it says: `([^`]+)`/.exec(readFileSync(join(app, 'README.md'), 'utf8'))!
  expect(refused.output().replaceAll('\\"', '"')).toContain(sentence)
})

// Seen to fail: with what the person has corrected refused, of the two tests the first.
it('passes its test', async () => {
  const tests = sh(app, 'npm test')
  expect(await tests.ended, tests.output()).toBe(0)
  expect(tests.output()).toMatch(/^\S* ?pass 2$/m)
})

it('does what its README says', async () => {
  const port = await freePort()
  const here = (text: string) => text.replaceAll('4717', `${port}`)
  const path = join(app, 'src/app.ts')
  writeFileSync(path, here(readFileSync(path, 'utf8')))
  const [start, asking, ...more] = readBlocks(join(app, 'README.md')).map(({ text }) => text)
  expect(more).toEqual([])

  running = sh(app, start!)
  await expect.poll(running.output, within).toContain('The review API listens')
  await expect.poll(() => tasks(port), within).toMatchObject([{ id: 'order-2' }])
  const asked = sh(app, here(asking!))
  expect(await asked.ended, `${asked.output()}\n${running.output()}`).toBe(0)
  expect(asked.output()).toContain('"some pears\\" is no count and item.')
  expect(asked.output()).toMatch(/order-2 +orders\/clarify +decided +ann/)
  const accepted = `select id, json_extract(value, '$.count') as n from orders_output order by id`
  const orders = [
    { id: 'order-1', n: 3 },
    { id: 'order-2', n: 2 },
  ]
  await expect.poll(() => ask(join(app, 'queues.db'), accepted), within).toEqual(orders)

  process.kill(-running.process.pid!, 'SIGINT')
  await running.ended
  expect(running.output()).toContain('Ending')
})

async function tasks(port: number): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}/reviews/clarify/tasks`)
  return ((await answer.json()) as { tasks: unknown }).tasks
}
