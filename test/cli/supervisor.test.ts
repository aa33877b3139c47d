import { join } from 'node:path'
import { expect, it } from 'vitest'
import { afterCrash } from '../../src/cli/crash-policy.ts'
import type { LogLine } from '../../src/cli/line-log.ts'
import { supervise } from '../../src/cli/supervisor.ts'
import { silent } from '../../src/run/log.ts'
import { folder } from './rig.ts'

it('waits longer after each crash, and gives up at the fifth within a minute', () => {
  const after = (ranMs: number, ...times: number[]) => afterCrash(times.map((at) => ({ at, ranMs })))
  expect(after(10, 0)).toEqual({ delayMs: 250 })
  expect(after(10, 0, 1000)).toEqual({ delayMs: 500 })
  expect(after(10, 0, 1000, 2000, 3000)).toEqual({ delayMs: 2000 })
  expect(after(10, 0, 1000, 2000, 3000, 59_000)).toBe('give-up')
  expect(after(3000, 0, 1000, 2000, 3000, 59_000)).toEqual({ delayMs: 4000 })
  expect(after(10, 0, 1000, 2000, 3000, 61_500)).toEqual({ delayMs: 1000 })
})

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
    'refused.mjs': 'console.error("not you"); process.exit(2)',
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
