import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const file = fileURLToPath(new URL('fixtures/idle-worker.ts', import.meta.url))

it('keeps its process alive while it idles, and lets it end when it is stopped', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text))
  await expect.poll(() => said, { timeout: 10_000 }).toBe('idle\n')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  expect(said).toBe('idle\nended\n')
})
