// Many tokens, one in a hundred failing, and a kill now and then, for long. By hand:
//   node --import tsx test/chaos/soak.ts --tokens 100000 --minutes 60 > soak.csv
// Every ten seconds a line: tokens finished and in review, kills, the time of a lease and hop by itself, the WAL, and
// the memory of each process, of which the first is never killed. The last line is the verdict, with exit code 1 if
// something is wrong.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { build } from '../build.ts'
import { Ledger } from './ledger.ts'
import { reconcile } from './reconcile.ts'
import { openScene, type Scene, type WorkerProcess } from './scene.ts'
import { takeSnapshots } from './snapshots.ts'
import { timeHop } from './time-hop.ts'

const { values } = parseArgs({
  options: { tokens: { type: 'string', default: '100000' }, minutes: { type: 'string', default: '60' } },
})
const tokens = Number(values.tokens)
const totalMs = Number(values.minutes) * 60_000
const processes = 4
const concurrency = 4
const lineEveryMs = 10_000
const killEveryMs = 20_000
const snapshotEveryMs = 60_000
const mb = 2 ** 20

/** What the verdict is about; one of each line. */
interface Sample {
  readonly hopMs: number
  readonly walBytes: number
  readonly rssMb: number
}

const compiled = await build()
// As long as makes the first stage, through which all have to go, busy for nine tenths of the time.
const meanMs = (0.9 * totalMs * processes * concurrency) / tokens
const scene = await openScene(compiled.at('test/chaos/worker-process.ts'), {
  options: { concurrency, leaseMs: 5000, crashes: 20, retry: { attempts: 3, minMs: 100, maxMs: 1000 } },
  workMs: [meanMs * 0.5, meanMs * 1.5],
})
try {
  process.exitCode = (await soak(scene)) ? 0 : 1
} finally {
  await scene.close()
  compiled.remove()
}

async function soak(scene: Scene): Promise<boolean> {
  const startedAt = performance.now()
  for (let n = 0; n < tokens; n += 500) {
    await scene.enter(Array.from({ length: Math.min(500, tokens - n) }, (_, i) => idOf(n + i)))
  }
  const snapshots = takeSnapshots(compiled.at('test/chaos/snapshot-process.ts'), scene, snapshotEveryMs)
  const ledger = new Ledger(scene.ledger, 'soak')
  const living = Array.from({ length: processes }, () => scene.startWorker())
  const samples: Sample[] = []
  let kills = 0
  let nextKillAt = startedAt + killEveryMs
  say([
    'seconds',
    'finished',
    'review',
    'kills',
    'hop_ms',
    'wal_mb',
    'own_rss_mb',
    ...living.map((_, n) => `rss_mb_${n}`),
  ])
  for (;;) {
    await sleep(lineEveryMs)
    if (performance.now() > nextKillAt) {
      const victim = 1 + (kills++ % (processes - 1))
      await living[victim]!.kill()
      living[victim] = scene.startWorker()
      nextKillAt += killEveryMs
    }
    const rss = await Promise.all(living.map(rssOf))
    const hopMs = await timeHop(scene.backend, ledger)
    const finished = await scene.finished()
    const review = (await scene.backend.count('travel/desk'))[0]!.ready
    const { walBytes } = scene.file!.metrics()
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    const own = process.memoryUsage.rss()
    say([
      seconds,
      finished,
      review,
      kills,
      hopMs.toFixed(3),
      ...[walBytes, own, ...rss].map((n) => (n / mb).toFixed(1)),
    ])
    samples.push({ hopMs, walBytes, rssMb: rss[0]! / mb })
    if (finished + review === tokens || seconds * 1000 > 2 * totalMs) break
  }
  await Promise.all(living.map(({ kill }) => kill()))
  const { snapshots: taken, faults } = await snapshots.stop()
  const wrong = [...faults, ...(await reconcile(scene)), ...judge(samples)]
  say([`verdict: ${wrong.length === 0 ? 'good' : wrong.join('; ')} (${taken} snapshots)`])
  return wrong.length === 0
}

/** What grew: the medians of the second and of the last fifth of the time are compared. */
function judge(samples: readonly Sample[]): string[] {
  const fifth = Math.floor(samples.length / 5)
  const early = samples.slice(fifth, 2 * fifth)
  const late = samples.slice(-fifth)
  return (['hopMs', 'walBytes', 'rssMb'] as const).flatMap((name) => {
    const [before, after] = [early, late].map((part) => median(part.map((sample) => sample[name])))
    return after! > before! * 1.3 + (name === 'walBytes' ? 8 * mb : 0)
      ? [`${name} grew from ${before} to ${after}`]
      : []
  })
}

function median(numbers: readonly number[]): number {
  const known = numbers.filter((n) => !Number.isNaN(n)).sort((a, b) => a - b)
  return known[Math.floor(known.length / 2)] ?? 0
}

function idOf(n: number): string {
  if (n % 100 === 50) return `bad${String(Math.floor(n / 100)).padStart(5, '0')}`
  if (n % 100 === 25) return `once${String(Math.floor(n / 100)).padStart(4, '0')}`
  return `t${String(n).padStart(7, '0')}`
}

async function rssOf({ child }: WorkerProcess): Promise<number> {
  if (!child.connected) return Number.NaN
  const answer = once(child, 'message', { signal: AbortSignal.timeout(5000) })
  child.send('rss')
  const [rss] = await answer.catch(() => [Number.NaN])
  return Number(rss)
}

function say(cells: readonly (string | number)[]): void {
  process.stdout.write(`${cells.join(',')}\n`)
}
