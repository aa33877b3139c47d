import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'node-html-parser'
import { beforeEach, expect, it } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { cli, folder, letters } from './rig.ts'

let cwd: string
beforeEach(async () => {
  cwd = folder()
  await cli(cwd, 'seed', letters, '--ids', 'a,<script>b')
})

it('prints the report as JSON', async () => {
  const { code, out, err } = await cli(cwd, 'report')
  expect([code, err]).toEqual([0, ''])
  const summary = JSON.parse(out)
  expect(summary.workflows).toEqual(['letters'])
  expect(summary.days).toHaveLength(7)
  expect(summary.days.at(-1)).toMatchObject({ day: new Date().toISOString().slice(0, 10), entered: 2 })
  expect(summary.queues.find(({ queue }: any) => queue === 'letters/stamp')).toMatchObject({ ready: 2 })
})

it('writes files, in the place of those that are there, and leaves nothing beside them', async () => {
  writeFileSync(join(cwd, 'report.html'), 'old')
  const { code, out, err } = await cli(
    ...([cwd, 'report', '--app', letters, '--days', '1'] as const),
    ...(['--json', 'run_summary.json', '--html', 'report.html'] as const),
  )
  expect([code, out, err]).toEqual([0, '', ''])
  const text = readFileSync(join(cwd, 'run_summary.json'), 'utf8')
  expect(JSON.parse(text).days).toHaveLength(1)
  expect(text).not.toContain(cwd)
  const page = readFileSync(join(cwd, 'report.html'), 'utf8')
  expect(parse(page).querySelectorAll('script')).toEqual([])
  expect(page).toContain('&lt;script&gt;b')
  expect(page).not.toContain(cwd)
  expect(readdirSync(cwd).filter((name) => name.includes('partial'))).toEqual([])
})

it('reports of an empty database', async () => {
  await (await sqlite(join(cwd, 'empty.db'))).close()
  const { code, out } = await cli(cwd, 'report', '--db', 'empty.db')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ workflows: [], queues: [], failures: [] })
})

it('says what is wrong, and writes nothing', async () => {
  const wrong = await cli(cwd, 'report', '--days', '91')
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('a whole number from 1 to 90') })
  const lost = await cli(cwd, 'report', '--html', 'nowhere/report.html')
  expect(lost).toMatchObject({ code: 1, err: expect.stringContaining('nowhere/report.html') })
  const missing = await cli(cwd, 'report', '--db', 'other.db')
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('There is no database other.db') })
})
