import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { LogLine } from '../../src/cli/screen/line-log.ts'
import { supervise } from '../../src/cli/supervise/supervisor.ts'
import { silent } from '../../src/run/log.ts'
import { folder } from './rig.ts'

it('ends all processes, with a sentence, when one keeps crashing', async () => {
  const cwd = folder({
    'crash.mjs': 'console.error("no luck"); process.exit(3)',
    'stay.mjs': 'process.on("disconnect", () => process.exit()); setInterval(() => {}, 1e9)',
  })
  const lines: LogLine[] = []
  const spec = (name: string) => ({ name, args: [], module: join(cwd, `${name}.mjs`) })
  const { ended } = supervise([spec('crash'), spec('stay')], {
    log: silent,
    line: (line) => lines.push(line),
  })
  await expect(ended).rejects.toThrow(
    'Process crash ended with exit code 3, for the fifth time within a minute; see its lines above.',
  )
  expect(lines).toHaveLength(5)
  expect(lines[0]).toMatchObject({ process: 'crash', level: 'error', message: 'no luck' })
})

it('does not start again what was refused, and ends all when it was the last of its command', async () => {
  const cwd = folder({
    'refused.mjs': 'console.error("error: not you"); process.exit(2)',
    'stay.mjs':
      'process.on("SIGTERM", () => process.exit()); process.send("ready"); setInterval(() => {}, 1e9)',
  })
  const lines: LogLine[] = []
  const told: string[] = []
  const spec = (name: string, command: string) => ({
    name,
    args: [command],
    module: join(cwd, `${name}.mjs`),
  })
  const specs = [spec('refused', 'work'), spec('stay', 'work')]
  const log = { ...silent, error: (message: string) => told.push(message) }
  const both = supervise(specs, { log, line: (line) => lines.push(line) })
  await both.ready
  await expect.poll(() => told).toEqual(['Process refused was refused; see its lines above.'])
  both.stop()
  await both.ended
  expect(lines.map(({ message }) => message)).toEqual(['not you'])
  const last = supervise([spec('refused', 'work'), spec('stay', 'serve')], { log, line() {} })
  await expect(last.ended).rejects.toThrow('Process refused was refused; see its lines above.')
})

it('starts once what is summoned, and again only when it is wanted: after it has left, or has crashed at its work', async () => {
  const cwd = folder({
    'stay.mjs':
      'process.on("SIGTERM", () => process.exit()); process.send("ready"); setInterval(() => {}, 1e9)',
    'summoned.mjs': `
      import { appendFileSync, readFileSync } from 'node:fs'
      appendFileSync('begun', 'x')
      const times = readFileSync('begun', 'utf8').length
      process.send('ready')
      if (times === 1) process.exit(0)
      process.send('begun', () => {})
      if (times <= 6) process.exit(2)
      process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1e9)`,
  })
  const errors: unknown[] = []
  const log = { ...silent, error: (_: string, fields: object = {}) => errors.push(fields) }
  const before = process.cwd()
  process.chdir(cwd)
  try {
    const spec = { name: 'summoned', args: ['work'], module: join(cwd, 'summoned.mjs'), onDemand: true }
    const stay = { name: 'stay', args: ['work'], module: join(cwd, 'stay.mjs') }
    const both = supervise([stay], { log, line() {} })
    const times = () => (existsSync('begun') ? readFileSync('begun', 'utf8').length : 0)
    const summon = () => {
      both.summon(spec)
      return times()
    }
    await expect.poll(summon, { timeout: 15_000, interval: 20 }).toBe(7)
    for (let n = 0; n < 10; n++) both.summon(spec)
    both.stop()
    both.summon(spec)
    await both.ended
    expect(times()).toBe(7)
    expect(errors).toEqual(Array(5).fill({ name: 'summoned', how: 'ended with exit code 2' }))
  } finally {
    process.chdir(before)
  }
})

it('does not start again what was summoned and refused, and goes on without it', async () => {
  const cwd = folder({
    'stay.mjs':
      'process.on("SIGTERM", () => process.exit()); process.send("ready"); setInterval(() => {}, 1e9)',
    'refused.mjs': 'console.error("not you"); process.exit(2)',
  })
  const lines: LogLine[] = []
  const told: string[] = []
  const log = { ...silent, error: (message: string) => told.push(message) }
  const both = supervise([{ name: 'stay', args: ['work'], module: join(cwd, 'stay.mjs') }], {
    ...{ log, line: (line: LogLine) => lines.push(line) },
  })
  const refused = (name: string) => ({
    name,
    args: ['work'],
    module: join(cwd, 'refused.mjs'),
    onDemand: true,
  })
  const summonUntilTold = (names: readonly string[]) =>
    expect
      .poll(() => {
        for (const name of names) both.summon(refused(name))
        return told
      })
      .toEqual(names.map((name) => `Process ${name} was refused; see its lines above.`))
  await summonUntilTold(['first'])
  await summonUntilTold(['first', 'second'])
  both.stop()
  await both.ended
  expect(lines.map(({ message }) => message)).toEqual(['not you', 'not you'])
})
