import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { folder, start } from '../cli/rig.ts'
import { compiled } from './compiled.ts'
import { figures } from './figures.ts'

// Tokens that kill their process among others, under `run`. How each protection was taken out once, in a copy, to see
// this fail:
// - `hasBegun` left out of `restart-policy.ts`: the worker is refused, or crashes for the fifth time within a minute;
// - no `watchSuspects` in `run.ts`: it is never idle, since no process works on suspects.

const long = process.env['CHAOS'] === 'long'
const kinds = long ? ['abort', 'exit', 'kill'] : ['exit']
const bad = Array.from({ length: long ? 10 : 2 }, (_, n) => `${kinds[n % kinds.length]}-${n}`)
const good = Array.from({ length: long ? 1000 : 12 }, (_, n) => `good-${n}`)
const workMs = long ? 200 : 50
const slots = 4

interface Worked {
  readonly at: number
  readonly event: string
  readonly id: string
}

/** `good`, with the bad ones spread evenly among them. */
function mixed(): readonly string[] {
  const every = Math.floor(good.length / bad.length)
  return good.flatMap((id, n) => (n % every === 0 && n / every < bad.length ? [bad[n / every]!, id] : [id]))
}

function workedIn(cwd: string): readonly Worked[] {
  const lines = readFileSync(join(cwd, 'worked'), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [, at, event, id] = line.split(' ')
    return { at: Number(at), event: event!, id: id! }
  })
}

/** The share of the time, from the first to the last work on good tokens, in which none of them was worked on. */
function shareWithout(worked: readonly Worked[]): number {
  const ends = worked.filter(({ event, id }) => event === 'end' && id.startsWith('good'))
  const spans = ends.map(({ at }) => [at - workMs, at] as const).sort(([a], [b]) => a - b)
  let idle = 0
  let until = spans[0]![0]
  for (const [from, to] of spans) {
    idle += Math.max(0, from - until)
    until = Math.max(until, to)
  }
  return idle / (until - spans[0]![0])
}

it('run sends each token that kills its process to a person, and all others on', {
  timeout: 300_000,
}, async () => {
  const cwd = folder({ 'c.yaml': JSON.stringify({ ids: mixed(), workMs }) })
  const args = ['--config', 'c.yaml', '--until-idle', '--workers', '2', '--port', '0']
  const run = start(compiled.cli, cwd, 'run', compiled.poison, ...args)
  expect(await run.ended, run.output().slice(-2000)).toBe(0)

  const backend = await sqlite(join(cwd, 'queues.db'))
  const { rows: atDesk } = await backend.list('poison/desk', { limit: 1000 })
  const done = await backend.list('poison/output', { limit: 1 })
  const [[finished]] = (await backend.query(`select count(*) from history where event = 'moved'`, 10))
    .rows as [[number]]
  const { rows: lines } = await backend.query('select id, event, attempt from history order by line', 1e5)
  await backend.close()
  const of = (id: string, event: string) => lines.filter((line) => line[0] === id && line[1] === event)
  expect(done.rows).toHaveLength(1)
  expect(atDesk.map(({ id, value }) => [id, (value as { kind: string }).kind]).sort()).toEqual(
    bad.map((id) => [id, 'crash']).sort(),
  )
  const charged = good.filter((id) => of(id, 'moved')[0]?.[2] !== 1 || of(id, 'failed').length > 0)
  const interrupted = good.filter((id) => of(id, 'expired').length > 0)
  const worked = workedIn(cwd)
  const crashes = bad.map((id) => worked.filter((line) => line.id === id).length)
  const share = shareWithout(worked)
  // The first crash of each is in company, which another bad one may be part of; then three alone.
  const mostInterrupted = bad.length * (slots - 1)
  figures([
    {
      what: `${bad.length} tokens that kill their process, among ${good.length} under \`run\``,
      demanded: 'all in review, after a crash in company and three alone',
      seen: `${crashes.join(' ')} crashes`,
      ok: crashes.every((n) => n >= 4 && n <= 6),
    },
    {
      what: 'the good ones among them',
      demanded: 'all done, none charged',
      seen: `${finished} done, ${charged.length} charged`,
      ok: finished >= good.length && charged.length === 0,
    },
    {
      what: 'the good ones among them',
      demanded: `at most ${mostInterrupted} were in the way of a crash`,
      seen: interrupted.length,
      ok: interrupted.length <= mostInterrupted,
    },
    {
      what: 'the good ones among them',
      demanded: long ? 'held up for a tenth of the time at most' : 'held up (measured in the long form only)',
      seen: `${(100 * share).toFixed(1)} %`,
      ok: !long || share < 0.1,
    },
  ])
})
