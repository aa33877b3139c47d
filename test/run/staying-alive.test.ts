import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { serveBackend } from '../../src/serve/index.ts'
import { builtFile } from '../built.ts'
import { on, patience } from '../on/kind.ts'
import { openUsual, urlAt } from '../on/open.ts'

/** So long a process may take to start. */
const startMs = 18_000 * patience

/** A process of its own that runs the fixture `name`, and what it has said. */
function start(name: string, ...args: string[]) {
  const file = builtFile(`test/run/fixtures/${name}.ts`)
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const heard = { child, exited: once(child, 'exit'), said: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (heard.said += text))
  return heard
}

it('keeps its process alive while it idles, and lets it end when it is stopped', async () => {
  const idle = start('idle-worker', on ? await urlAt(':idle') : 'memory:')
  await expect.poll(() => idle.said, { timeout: startMs }).toBe('idle\n')
  idle.child.kill('SIGTERM')
  expect(await idle.exited).toEqual([0, null])
  expect(idle.said).toBe('idle\nended\n')
})

// Seen to fail: it ended with exit code 13.
it('keeps the process of a loop by hand alive while what came of a message cannot be recorded', async () => {
  const backend = await openUsual()
  const serve = async (port: number) => {
    const server = fastify({ forceCloseConnections: true })
    await server.register(serveBackend(backend), { prefix: '/q' })
    const url = await server.listen({ port, host: '127.0.0.1' })
    onTestFinished(() => server.close())
    return { server, url }
  }
  const { server, url } = await serve(0)
  const loop = start('failing-loop', `${url}/q`)
  await expect.poll(async () => (await backend.count('w/main'))[0], { timeout: startMs }).toBeDefined()
  const token = { id: 'x', hop: 1, frames: [], priority: 0, deploy: 1 }
  await backend.commit([{ kind: 'push', queue: 'w/main', value: 'x', enter: 'refuse', token }])
  await expect.poll(() => loop.said, { timeout: startMs }).toContain('read\n')
  await server.close()
  loop.child.kill('SIGTERM')
  await expect.poll(() => loop.said.split('trying again').length, { timeout: startMs }).toBeGreaterThan(2)
  await serve(Number(new URL(url).port))
  expect(await loop.exited).toEqual([0, null])
  expect(loop.said).toContain('recorded\n')
  expect(await backend.get('w/main', 'x')).toMatchObject({ attempts: 1, error: { message: 'no paper' } })
})

// Seen to fail: it went on for ever.
it('lets a process end that has an open database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const script = start('open-database', join(folder, 'q.db'))
  expect(await script.exited).toEqual([0, null])
  expect(script.said).toBe('A\n')
})
