import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeEach, expect, inject, it, vi } from 'vitest'
import { readUpFile } from '../../src/app/up/read-up-file.ts'
import { laterKeys, UpSchema } from '../../src/app/up/up-schema.ts'
import { built } from '../cli/built.ts'
import { cli, folder, start } from '../cli/rig.ts'
import { fileOf, textsOf } from './pages.ts'
import { sh } from './shell.ts'

vi.setConfig({ testTimeout: 120_000 })
const within = { timeout: 60_000, interval: 20 }

beforeEach(() => {
  vi.stubEnv('XDG_STATE_HOME', folder())
  return () => vi.unstubAllEnvs()
})

/** Runs the file called `name` of the page, in a folder with the app of the README. */
async function started(name: string) {
  const [file] = textsOf('yaml', name)
  const cwd = folder({ 'flow.ts': fileOf('flow.ts').replace('4717', '0'), 'pipewright.yaml': file! })
  mkdirSync(join(cwd, 'node_modules'))
  symlinkSync(inject('built'), join(cwd, 'node_modules/pipewright'))
  symlinkSync(resolve('node_modules/zod'), join(cwd, 'node_modules/zod'))
  writeFileSync(join(cwd, 'package.json'), '{"type": "module"}')
  const up = start(built.main, cwd, 'up')
  await expect.poll(up.output, within).toContain('All processes have come up')
  return { cwd, up }
}

it('is run by its file, and steered by its commands', async () => {
  const { cwd, up } = await started('pipewright.yaml')
  const said: string[] = []
  const [lines] = textsOf('sh', 'up')
  for (const line of lines!.trim().split('\n')) {
    const { code, out, err } = await cli(cwd, ...line.split(' ').slice(2))
    expect(code, `${line}\n${out}\n${err}\n${up.output()}`).toBe(0)
    said.push(out)
  }
  expect(said[0]).toMatch(/^read-1 +running[\s\S]*^read-2 +running[\s\S]*^serve +running/m)
  expect(said[1]).toMatch(/^read-3 +running/m)
  expect(said[3]).toMatch(/^read +stopped/m)
  expect(said[4]).toMatch(/^read-3 +running/m)
  expect(said[5]).toMatch(/read-\d info Working\./)
  expect(said.at(-1)).toBe('links is down')
  expect(await up.ended).toBe(0)
})

it('shows the pipeline as folders, and lets the token of a file enter', async () => {
  const { cwd, up } = await started('mirrored.yaml')
  const filesIn = (name: string) => readdirSync(join(cwd, 'pipe', name)).sort()
  await expect.poll(() => filesIn('02_mend'), within).toEqual(['nodejs.json'])
  const [lines] = textsOf('sh', 'mirrored')
  const shell = sh(cwd, lines!)
  expect(await shell.ended, shell.output()).toBe(0)
  expect(shell.output()).toMatch(/^nodejs\.json\n\{\n {2}"id": "nodejs",\n {2}"queue": "links\/mend",/)
  await expect
    .poll(() => filesIn('03_output'), within)
    .toEqual(['about.json', 'https%3A%2F%2Fnodejs.org.json'])
  const page = readFileSync('src/docs/up.md', 'utf8')
  const file = JSON.parse(readFileSync(join(cwd, 'pipe/02_mend/nodejs.json'), 'utf8'))
  for (const key of Object.keys(file)) expect(page).toContain(`\`${key}\``)
  up.process.kill('SIGTERM')
  expect(await up.ended).toBe(0)
})

it('has a unit of systemd that starts it, reloads it, and gives it the time that it needs', () => {
  const [unit] = textsOf('ini', 'links.service')
  const values = Object.fromEntries(
    [...unit!.matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]),
  )
  const command = (line: string) => line.replace('/srv/links/node_modules/.bin/pipewright ', '')
  expect(command(values['ExecStart']!)).toBe('up')
  expect(command(values['ExecReload']!)).toBe('reload')
  const patience = /patienceMs = ([\d_]+)/.exec(readFileSync('src/cli/up/member.ts', 'utf8'))![1]!
  expect(Number(values['TimeoutStopSec']) * 1000).toBeGreaterThan(Number(patience.replaceAll('_', '')))
  expect(values['KillMode']).toBe('mixed')
})

it('names each key of the file, and shows secrets as it takes them', async () => {
  const page = readFileSync('src/docs/up.md', 'utf8')
  const table = page.slice(page.indexOf('## The file'), page.indexOf('## Secrets'))
  const named = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key)
  expect(named.sort()).toEqual(Object.keys(UpSchema.shape).sort())
  expect(named.filter((key) => laterKeys.has(key!))).toEqual([])
  const cwd = folder({ 'secrets.yaml': textsOf('yaml', 'secrets.yaml')[0]! })
  const { settings, secrets } = await readUpFile(join(cwd, 'secrets.yaml'), {
    env: { LINKS_TOKEN: 'open sesame' },
  })
  expect(settings.serve).toMatchObject({ token: 'open sesame', hosts: ['links.example.org'] })
  expect(secrets).toEqual(['open sesame'])
})
