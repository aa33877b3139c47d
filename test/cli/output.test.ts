import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, vi } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { built } from './built.ts'
import { cli, folder, letters } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 60_000 })

const many = `with recursive c(n) as (select 1 union all select n + 1 from c limit 5000)
  select n, printf('%0200d', n) as text from c`

async function emptyDatabase(): Promise<string> {
  const cwd = folder()
  await (await sqlite(join(cwd, 'queues.db'))).close()
  return cwd
}

function run(cwd: string, out: 'pipe' | number, ...args: string[]) {
  const child = spawn(process.execPath, [built.main, ...args], { cwd, stdio: ['ignore', out, 'pipe'] })
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return { out: child.stdout!, err: text(child.stderr!), ended }
}

it('writes all of a long answer into a pipe before it ends, as text and as JSON', async () => {
  const cwd = await emptyDatabase()
  const json = run(cwd, 'pipe', 'sql', many, '--json')
  expect(JSON.parse(await text(json.out))).toHaveLength(5000)
  expect(await json.ended).toBe(0)
  const plain = run(cwd, 'pipe', 'sql', many)
  expect((await text(plain.out)).trim().split('\n')).toHaveLength(5001)
  expect(await plain.ended).toBe(0)
})

it('ends quietly when the reader of its output has gone', async () => {
  const cwd = await emptyDatabase()
  const { out, err, ended } = run(cwd, 'pipe', 'sql', many)
  await once(out, 'readable')
  out.destroy()
  expect(await ended).toBe(0)
  expect(await err).toBe('')
})

it('stops watching when the reader of its output has gone', async () => {
  const cwd = folder()
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const { out, err, ended } = run(cwd, 'pipe', 'status', '--watch', '--json')
  await once(out, 'readable')
  out.destroy()
  expect(await ended).toBe(0)
  expect(await err).toBe('')
})

it('says that its output could not be written', async () => {
  const cwd = await emptyDatabase()
  const full = openSync('/dev/full', 'w')
  const { err, ended } = run(cwd, full, 'sql', 'select 1')
  closeSync(full)
  expect(await err).toMatch(/^error: The output could not be written: ENOSPC.*\.\n$/)
  expect(await ended).toBe(1)
})
