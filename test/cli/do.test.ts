import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { loadApp } from '../../src/app/load-app.ts'
import { built } from './built.ts'
import { cli, folder, letters, start } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })

const app = fileURLToPath(new URL('./fixtures/fed.ts', import.meta.url))

it('runs a command of an app with its own arguments, and with the config, before or behind its name', async () => {
  const cwd = folder({ 'c.yaml': 'crates: 7' })
  for (const args of [
    ['--config', 'c.yaml', built.fed, 'count', 'all', '--new'],
    [built.fed, 'count', 'all', '--config', 'c.yaml', '--new'],
    [built.fed, 'count', 'all', '--config=c.yaml', '--new'],
  ]) {
    const done = start(built.main, cwd, 'do', ...args)
    expect(await done.ended, done.output()).toBe(0)
    expect(done.output()).toBe('7 all --new\n')
  }
  const defaults = start(built.main, cwd, 'do', built.fed, 'count')
  expect(await defaults.ended).toBe(0)
  expect(defaults.output()).toBe('3 \n')
})

it('leaves what stands behind -- to the command, and refuses a --config without a file', async () => {
  const cwd = folder({ 'c.yaml': 'crates: 7' })
  const literal = start(built.main, cwd, 'do', built.fed, 'count', '--', '--config', 'c.yaml', '--config=x')
  expect(await literal.ended, literal.output()).toBe(0)
  expect(literal.output()).toBe('3 -- --config c.yaml --config=x\n')
  for (const args of [['--config'], ['--config='], ['--config', '']])
    expect(await cli(cwd, 'do', app, 'count', ...args)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--config needs a file'),
    })
})

it('ends quietly when the reader of its output has gone, and with a sentence when it is interrupted', async () => {
  for (const [end, code, said] of [
    ['gone', 0, ''],
    ['SIGINT', 1, 'error: The command has ended before it was done, as it was asked to.\n'],
  ] as const) {
    const child = spawn(process.execPath, [built.main, 'do', built.fed, 'count', '--forever'])
    let errors = ''
    child.stderr.on('data', (chunk) => (errors += chunk))
    await once(child.stdout, 'data')
    if (end === 'gone') child.stdout.destroy()
    else child.stdout.resume() && child.kill(end)
    const [status] = await once(child, 'close')
    expect([end, status, errors]).toEqual([end, code, said])
  }
})

it('lists the commands of an app, and says what there is for one that is none', async () => {
  expect(await cli(folder(), 'do', app)).toMatchObject({
    out: 'count  prints how many crates there are to be',
  })
  expect((await cli(folder(), 'do', letters)).out).toContain('has no commands')
  const wrong = await cli(folder(), 'do', app, 'cuont')
  expect(wrong).toMatchObject({ code: 2 })
  expect(wrong.err).toContain('has no command "cuont"; it has count. Did you mean "count"?')
  expect((await cli(folder(), 'do', letters, 'count')).err).toContain('has no commands')
  const broken = await cli(folder(), 'do', app, 'count', '--broken')
  expect(broken).toMatchObject({ code: 1, err: 'error: the crates are broken' })
})

it.each([
  ['{ Count: { about: "", run() {} } }', '"Count" is no name of a command'],
  ['{ count: { about: "" } }', 'its command "count" is not { about, run }'],
  ['{ count: { about: "", run() {}, often: true } }', '"often"'],
])('refuses %s', async (commands, sentence) => {
  const schema = "{ '~standard': { validate: (value) => ({ value }) } }"
  const text = `export default { kind: 'app', name: 'a', config: ${schema}, open() {}, commands: ${commands} }`
  await expect(loadApp(`${folder({ 'app.mjs': text })}/app.mjs`)).rejects.toThrow(sentence)
})
