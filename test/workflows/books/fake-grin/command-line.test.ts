import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { howToAsk } from '../../../../workflows/books/fake-grin/how-to-ask.ts'
import { readArguments, usage } from '../../../../workflows/books/fake-grin/read-arguments.ts'
import { openGrin } from './open-grin.ts'

const main = fileURLToPath(new URL('../../../../workflows/books/fake-grin/main.ts', import.meta.url))
const run = promisify(execFile)
const withTsx = ['--import', 'tsx', main]

it('serves, says how to ask, and what it says works', async () => {
  const args = [...withTsx, '--port', '0', '--books', '5', '--no-sample', '--auth', '--converted', '2']
  const served = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    served.kill()
    await once(served, 'exit')
  })
  const [text] = (await once(served.stdout, 'data')).map(String)
  expect(text).toMatch(/^The fake GRIN has 5 books, at http:\/\/127\.0\.0\.1:\d+\/libraries\/PRNC\/\n/)
  const [token, all] = text!.split('\n').filter((line) => /^ +(?:TOKEN|curl)/.test(line))
  const { stdout } = await run('bash', ['-c', `${token}\n${all!.replace('curl', 'curl -s')}`])
  expect(stdout.split('\n')).toHaveLength(6)
  expect(stdout).toContain('32101900000004\t')
})

it('prints what it takes, and in one line what is wrong', async () => {
  expect((await run(process.execPath, [...withTsx, '--help'])).stdout).toBe(usage)
  const failed = run(process.execPath, [...withTsx, '--pages', '2'])
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stderr: 'A made book has from 3 to 9,999 pages, not 2.\n',
  })
})

it('reads all that it says it takes', () => {
  const args = [
    ['--port', '1', '--seed', 's', '--directory', 'D', '--books', '7', '--pages', '8', '--bytes', '9'],
    ['--no-sample', '--converted', '3', '--conversion-days', '2', '--queue-limit', '4', '--no-ranges'],
    ['--auth', '--token-minutes', '5', '--manual-clock', '--fault', '{"fault":"lost"}'],
  ].flat()
  expect(readArguments(args)).toEqual({
    port: 1,
    seed: 's',
    directory: 'D',
    books: { sample: false, made: { count: 7, pages: 8, bytes: 9 }, converted: 3 },
    conversionMs: 2 * 86_400_000,
    queueLimit: 4,
    hasRanges: false,
    auth: { tokenMs: 300_000 },
    clock: 'manual',
    faults: [{ fault: 'lost' }],
  })
  const named = [...usage.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name)
  expect(args.filter((arg) => arg.startsWith('--')).sort()).toEqual(named.sort())
})

it.each([
  [['--books', 'many'], '--books takes a number, not "many".'],
  [['--fault', 'lost'], '--fault takes JSON, as {"fault": "http-500", "chance": 0.1}, not "lost".'],
])('refuses %j', (args, sentence) => {
  expect(() => readArguments(args)).toThrow(sentence)
})

it('without a login, each line it says can be typed as it is', async () => {
  const grin = await openGrin({ books: { made: { count: 1 }, converted: 4 } })
  const lines = howToAsk(grin)
    .split('\n')
    .filter((line) => line.startsWith('  curl'))
  expect(lines).toHaveLength(6)
  for (const line of lines) {
    const { stdout } = await run('bash', [
      '-c',
      line.replace('curl -O', 'curl -o /dev/null').replace('curl', 'curl -sf'),
    ])
    if (!line.includes('-O')) expect(stdout).not.toBe('')
  }
  expect(grin.admin.book('32101700000019')?.state).toBe('PREVIOUSLY_DOWNLOADED')
  expect(grin.clock.now()).toBe(Date.UTC(2026, 0, 2))
})
