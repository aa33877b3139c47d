import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { compiled } from '../compiled.ts'
import { figure } from '../figures.ts'
import { traced } from './traced.ts'

// strace makes one sync of the main thread, or of the keeper's, take five seconds, at one place of a hop after the other.
// The disk costs time then, and nothing else: no work is aborted, charged or done twice. Seen to fail with reports that
// are believed of leases that are younger than they are: work is aborted at once and expires.

const tokens = 6
const stallMicros = 5_000_000
// To make the file and to declare the workflow takes the first twelve or so.
const places = Array.from({ length: 20 }, (_, n) => 12 + n)
const atOnce = 4

it('a sync of five seconds costs time and nothing else, wherever it is', { timeout: 600_000 }, async () => {
  const wrong: string[] = []
  let met = 0
  for (let next = 0; next < places.length; next += atOnce) {
    const runs = places.slice(next, next + atOnce).map((place) => runWithStall(place))
    for (const { hasStalled, said } of await Promise.all(runs)) {
      if (hasStalled) met++
      wrong.push(...said)
    }
  }
  figure('a sync of 5 s at one place of a hop', 'places met', `${met} of ${places.length}`, met > tokens)
  figure(
    'a sync of 5 s at one place of a hop',
    'aborted, charged or done twice',
    wrong.length,
    wrong.length === 0,
  )
  expect(wrong).toEqual([])
})

/** One run with a stall at the `place`-th sync of each thread; what is wrong with it. */
async function runWithStall(place: number) {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-slow-'))
  const startedAt = performance.now()
  const inject = `fsync,fdatasync:delay_enter=${stallMicros}:when=${place}`
  const args = [compiled.slowDisk, join(folder, 'queues.db'), String(tokens)]
  const run = traced(args, { log: join(folder, 'calls'), inject })
  expect(await run.ended, run.err()).toBe(0)
  const hasStalled = performance.now() - startedAt > stallMicros / 1000
  const lines = run.out().trim().split('\n')
  rmSync(folder, { recursive: true })
  return { hasStalled, said: faultsIn(lines).map((fault) => `sync ${place}: ${fault}`) }
}

function faultsIn(lines: readonly string[]): readonly string[] {
  const begun = lines.filter((line) => line.startsWith('begun'))
  const events = lines.filter((line) => line.startsWith('events'))
  return [
    ...lines.filter((line) => line.startsWith('aborted')),
    ...begun.filter((line, n) => begun.indexOf(line) !== n).map((line) => `${line} twice`),
    ...(begun.length < 2 * tokens || events.length < tokens ? [`only ${lines.length} lines`] : []),
    ...events.filter((line) => !/^events \S+ entered moved moved$/.test(line)),
  ]
}
