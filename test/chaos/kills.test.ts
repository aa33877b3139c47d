import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { Random } from '../../src/testing/backend-model/random.ts'
import { type Compiled, compile } from './compiled.ts'
import { unfinished } from './ledger.ts'
import { reconcile } from './reconcile.ts'
import { openScene, type Scene, type WorkerProcess } from './scene.ts'
import { takeSnapshots } from './snapshots.ts'

// Eight processes, each a worker of all five stages, are killed at random with SIGKILL and started again while tokens
// travel. The seed decides who is killed when; the machine decides where it was. How each protection was taken out
// once, in a copy, to see this fail:
// - the commit of the changes of a hop one by one, in transactions of their own (`commit` in `sqlite-backend.ts`):
//   snapshots see tokens in no queue, and some never come back;
// - what makes expired leases ready again (`reclaimExpired` in `leasing.ts`): tokens stay with the dead;
// - that a lease takes only what is ready (`ready` in `queue-table.ts`): work is done many times.

const { CHAOS, CHAOS_SEED } = process.env
const long = CHAOS === 'long'
const seconds = long ? 60 : 30
const tokens = long ? 4000 : 2000
const processes = 8
const concurrency = 4
const leaseMs = 2000
const killEveryMs = long ? 250 : 350
const feedEveryMs = 100
const seeds = CHAOS_SEED
  ? [Number(CHAOS_SEED)]
  : Array.from({ length: long ? 3 : 1 }, () => Math.floor(Math.random() * 2 ** 31))

let compiled: Compiled
beforeAll(() => {
  compiled = compile()
})
afterAll(() => compiled.remove())

it.each(seeds)(
  'loses nothing and does nothing twice while eight processes are killed again and again (seed %i)',
  { timeout: (seconds + 150) * 1000 },
  async (seed) => {
    const random = new Random(seed)
    // A token may be unlucky, and alone in a process that is killed, more often than three times.
    const options = { concurrency, leaseMs, crashes: 20, retry: { attempts: 1 } }
    const scene = await openScene(compiled.worker, { options, workMs: [50, 100] })
    onTestFinished(scene.close)
    const snapshots = takeSnapshots(compiled.snapshots, scene, long ? 30 : 50)
    onTestFinished(snapshots.kill)
    const feeding = feed(scene)
    const herd = await killForAWhile(scene, random)
    const lastKillAt = performance.now()
    await feeding

    // Should one of these wait in vain, the ledger says below what is amiss.
    const released = async () => (await ownersAmong(scene, herd.dead)) === 0
    const isReleased = await comesTrue(released, 2 * leaseMs + 5000)
    await settle(scene)
    const settledMs = performance.now() - lastKillAt
    if (long) await vi.waitUntil(() => scene.backend.metrics().walBytes < 4 * 2 ** 20, { timeout: 10_000 })
    await herd.killAll()
    const seen = await snapshots.stop()

    const begun = scene.lines().filter(({ event }) => event === 'begin').length
    const interrupted = herd.dead.filter((worker) => unfinished(scene.lines(worker)).length > 0).length
    const figures = { seed, kills: herd.dead.length, interrupted, begun, walMb: herd.walBytes / 2 ** 20 }
    process.stdout.write(
      `${JSON.stringify({ ...figures, settledMs: Math.round(settledMs), snapshots: seen.snapshots })}\n`,
    )
    expect(scene.errors()).toBe('')
    expect(seen.faults).toEqual([])
    expect(await reconcile(scene)).toEqual([])
    expect(isReleased, 'nothing stays leased to the dead').toBe(true)
    expect(seen.snapshots).toBeGreaterThan(long ? 1000 : 300)
    expect(figures.kills).toBeGreaterThan(long ? 100 : 30)
    expect(interrupted / figures.kills).toBeGreaterThan(long ? 0.3 : 0.2)
    expect(begun).toBeLessThan(5 * tokens * 1.01 + figures.kills * concurrency * 5)
    expect(figures.walMb).toBeLessThan(64)
  },
)

/** Whether `condition` holds within `withinMs`. */
function comesTrue(condition: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  return vi.waitUntil(condition, { timeout: withinMs, interval: 100 }).then(
    () => true,
    () => false,
  )
}

/** Resolves when all tokens are finished, or when none has been for a while: how long it takes, the machine decides. */
async function settle(scene: Scene): Promise<void> {
  for (let before = 0; before < tokens; ) {
    const isMore = async () => (await scene.finished()) > before
    if (!(await comesTrue(isMore, 15_000))) return
    before = await scene.finished()
  }
}

/** Lets tokens enter at an even pace, so that there is work until the last kill. */
async function feed({ enter }: Scene): Promise<void> {
  const startedAt = performance.now()
  for (let entered = 0; entered < tokens; ) {
    await sleep(feedEveryMs)
    const share = (performance.now() - startedAt) / (seconds * 1000)
    const due = Math.min(tokens, Math.floor(tokens * share))
    await enter(Array.from({ length: due - entered }, (_, n) => idOf(entered + n)))
    entered = due
  }
}

function idOf(n: number): string {
  return `t${String(n).padStart(7, '0')}`
}

interface Herd {
  readonly dead: readonly WorkerProcess[]
  /** The most that the WAL had. */
  readonly walBytes: number
  readonly killAll: () => Promise<void>
}

async function killForAWhile(scene: Scene, random: Random): Promise<Herd> {
  const living = Array.from({ length: processes }, () => scene.startWorker())
  const dead: WorkerProcess[] = []
  let walBytes = 0
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    await sleep(random.below(2 * killEveryMs))
    // Some die while they start; most have something to lose.
    const working = random.below(4) === 0 ? [] : living.filter(({ isReady }) => isReady())
    const victim = random.pick(working.length > 0 ? working : living)
    await victim.kill()
    dead.push(victim)
    living[living.indexOf(victim)] = scene.startWorker()
    walBytes = Math.max(walBytes, scene.backend.metrics().walBytes)
  }
  const killAll = async () => void (await Promise.all(living.map(({ kill }) => kill())))
  return { dead, walBytes, killAll }
}

/** How many messages are leased to processes that are dead. */
async function ownersAmong({ backend }: Scene, dead: readonly WorkerProcess[]): Promise<number> {
  const names = new Set(dead.map(({ name }) => `worker ${name}`))
  const counts = await backend.count()
  const pages = await Promise.all(
    counts.map(({ queue }) => backend.list(queue, { limit: 1000, only: { status: 'leased' } })),
  )
  return pages.flatMap(({ rows }) => rows).filter(({ owner }) => owner !== undefined && names.has(owner))
    .length
}
