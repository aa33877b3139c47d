import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { builtFile } from '../built.ts'

const file = builtFile('test/run/fixtures/idle-worker.ts')

it('keeps its process alive while it idles, and lets it end when it is stopped', async () => {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text))
  await expect.poll(() => said, { timeout: 10_000 }).toBe('idle\n')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  expect(said).toBe('idle\nended\n')
})
