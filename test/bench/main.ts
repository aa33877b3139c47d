// `npm run bench [-- NAME ...]`: every figure that the project promises, measured now on this machine, each in a
// process of its own and beside its floor or its peer, so that the ratio means something on a noisy machine too. What is
// measured is the package as it is built for users: tsx names every function of the sources as it runs them, which
// would cost a quarter of the hops.
// Pairs are run in turn, `rounds` times; the median of the ratios counts.
import { execFile } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { figures } from './figures.ts'

const run = promisify(execFile)
const built = fileURLToPath(new URL('built.tsconfig.json', import.meta.url))
const wanted = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)

const cores = cpus()
say(
  `${cores.length} x ${cores[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}\n`,
)
const failed: string[] = []
for (const figure of figures) {
  if (wanted.length > 0 && !wanted.includes(figure.name)) continue
  say(`${figure.name}: ${figure.what}`)
  const { lines, reached } = await figure.measure(measure)
  for (const line of lines) say(`  ${line}`)
  say(`  ${reached ? 'reached' : 'MISSED'}: ${figure.atLeast}\n`)
  if (!reached) failed.push(figure.name)
}
say(failed.length === 0 ? 'Every figure was reached.' : `Missed: ${failed.join(', ')}.`)

/** Runs one of the scripts beside this file and reads the line of JSON that it prints. */
async function measure<Result>(
  script: string,
  args: readonly (string | number)[] = [],
  env = {},
): Promise<Result> {
  const file = new URL(script, import.meta.url).pathname
  const { stdout } = await run(process.execPath, ['--import', 'tsx', file, ...args.map(String)], {
    env: { ...process.env, TSX_TSCONFIG_PATH: built, ...env },
    maxBuffer: 2 ** 24,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Result
}
