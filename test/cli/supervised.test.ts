import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import { built } from './built.ts'
import { cli, folder, letters, logged } from './rig.ts'

vi.setConfig({ testTimeout: 90_000 })
const within = { timeout: 60_000, interval: 20 }

/** Starts a command as a supervisor does; returns its messages on the channel, and its log. */
function supervised(cwd: string, ...args: readonly string[]) {
  const child = fork(built.main, [...args, built.letters, '--json'], { cwd, silent: true })
  const told: unknown[] = []
  let output = ''
  child.on('message', (message) => told.push(message))
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text) => (output += text))
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  })
  return { told, lines: () => logged(output) }
}

it('reports that it begins to work when it has a token, and not before', async () => {
  const cwd = folder()
  await cli(cwd, 'seed', letters, '--ids', 'a')
  await cli(cwd, 'pause', 'letters/stamp', '--db', 'queues.db')
  const { told, lines } = supervised(cwd, 'work')
  await expect.poll(() => lines().map(({ message }) => message), within).toContain('Working.')
  expect(told).toEqual(['ready'])
  await cli(cwd, 'resume', 'letters/stamp', '--db', 'queues.db')
  await expect.poll(() => told, within).toEqual(['ready', 'begun'])
})

it('reports that it begins to work at the first request', async () => {
  const { told, lines } = supervised(folder(), 'serve')
  const url = () => lines().find(({ fields }) => fields['url'])?.fields['url'] as string
  await expect.poll(url, within).toBeDefined()
  expect(told).toEqual(['ready'])
  await fetch(`${url()}/reviews`)
  await fetch(`${url()}/reviews`)
  await expect.poll(() => told, within).toEqual(['ready', 'begun'])
})
