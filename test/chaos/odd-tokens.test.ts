import { expect, it, onTestFinished, vi } from 'vitest'
import { patience } from '../on/kind.ts'
import { scenePlace } from '../on/open.ts'
import { compiled } from './compiled.ts'
import { figure } from './figures.ts'
import { linesOf, reconcile } from './reconcile.ts'
import { openScene, type WorkerProcess } from './scene.ts'
import { oddHop } from './travel.ts'

// Tokens that harm the process they are worked on in, among others that must not suffer. How each protection was
// taken out once, in a copy, to see its test fail:
// - the poison: `suspects: 'exclude'` left out of the lease of `intake.ts`: suspects run beside others, where no crash
//   counts, and it never ends; nor does it with `counted` in `expiry.ts` made `crashes`.
// - the late result: the hop and the lease left out of `fenced` in `queue-schema.ts`, and out of `pop` in `queue-table.ts`: it is accepted, not refused.
// - the burner: `keeper.hold` made to do nothing: another process takes the token after one lease.

const long = process.env['CHAOS'] === 'long'
const leaseMs = long ? 2000 : 600

it.concurrent.for(['exit', ...(long ? ['abort', 'segv'] : [])])(
  'sends a token that kills its process (%s) to review after three crashes alone, and blames no other token',
  { timeout: 120_000 * patience },
  async (way, { onTestFinished }) => {
    const options = { concurrency: 20, leaseMs }
    const scene = await openScene(compiled.worker, { options, workMs: [50, 100] }, await scenePlace())
    onTestFinished(scene.close)
    const good = Array.from({ length: 19 }, (_, n) => `good-${n}`)
    const bad = `${way}-1`
    await scene.enter([...good, bad])
    let over = false
    const again = () => {
      if (!over) scene.startWorker().child.once('exit', again)
    }
    again()
    onTestFinished(() => {
      over = true
    })
    await vi.waitUntil(async () => (await scene.backend.get('travel/desk', bad)) !== undefined, {
      timeout: 100_000 * patience,
    })
    await vi.waitUntil(async () => (await scene.finished()) === good.length, { timeout: 10_000 * patience })
    over = true

    const row = await scene.backend.get('travel/desk', bad)
    expect(row).toMatchObject({ value: { kind: 'crash' }, crashes: 0 })
    const crashed = scene.lines().filter(({ event, key }) => event === 'begin' && key === `${bad}:${oddHop}`)
    // The first time, others were beside it.
    expect(crashed).toHaveLength(4)
    const lines = await linesOf(scene)
    for (const id of good) {
      const own = lines.filter((line) => line.id === id)
      expect(own.filter(({ event }) => event === 'expired').length, `${id} was beside it once`).toBeLessThan(
        2,
      )
      const travelled = own.filter(({ event }) => event === 'moved')
      expect(
        travelled.map(({ attempt }) => attempt),
        'no attempt was charged',
      ).toEqual([1, 1, 1, 1, 1])
    }
    const seen = `in review after ${crashed.length - 1} crashes alone, 0 of ${good.length} charged`
    figure(
      'a token that kills its process, among 19 good ones',
      'in review after 3, none charged',
      seen,
      true,
    )
  },
)

it('refuses the late result of a process that was stopped for three leases', {
  timeout: 60_000 * patience,
}, async () => {
  const options = { concurrency: 20, leaseMs }
  const scene = await openScene(compiled.worker, { options, workMs: [200, 200] }, await scenePlace())
  onTestFinished(scene.close)
  const stopped = scene.startWorker()
  await vi.waitUntil(stopped.isReady, { timeout: 10_000 * patience })
  const ids = ['stop-1']
  await scene.enter(ids)
  await vi.waitUntil(() => scene.lines(stopped).length === ids.length, {
    timeout: 10_000 * patience,
    interval: 5,
  })
  stopped.child.kill('SIGSTOP')
  const stoppedAt = performance.now()

  // Another takes them over, and is still at work when the first goes on: only the number of the lease differs.
  const slow = scene.startWorker([4 * leaseMs, 4 * leaseMs])
  await vi.waitUntil(() => scene.lines(slow).length === ids.length, { timeout: 10_000 * patience })
  await vi.waitUntil(() => performance.now() - stoppedAt > 3 * leaseMs, { timeout: 4 * leaseMs })
  stopped.child.kill('SIGCONT')
  const answered = (worker: WorkerProcess) =>
    scene.lines(worker).filter(({ event }) => event !== 'begin' && event !== 'end')
  await vi.waitUntil(() => answered(stopped).length >= ids.length, { timeout: 10_000 * patience })
  const late = answered(stopped).map(({ event }) => event)
  // Or its loss was reported before its work had ended, and it committed nothing.
  const isRefused = late.every((event) => event !== 'told')
  figure('stopped for three leases', 'the late result is refused', late.join(' '), isRefused)
  await stopped.kill()
  await vi.waitUntil(() => answered(slow).length === ids.length, { timeout: 10_000 * patience })
  await slow.kill()
  scene.startWorker()
  await vi.waitUntil(async () => (await scene.finished()) === ids.length, { timeout: 20_000 * patience })
  const faults = await reconcile(scene)
  figure('stopped for three leases', 'no final twice', faults.join(' ') || 'once', faults.length === 0)
})

it('does the work once whose handler burns CPU for three leases', {
  timeout: 60_000 * patience,
}, async () => {
  const options = { concurrency: 2, leaseMs: Math.max(leaseMs, 1000) }
  const scene = await openScene(compiled.worker, { options, workMs: [5, 10] }, await scenePlace())
  onTestFinished(scene.close)
  const workers = [scene.startWorker(), scene.startWorker()]
  await vi.waitUntil(() => workers.every(({ isReady }) => isReady()), { timeout: 10_000 * patience })
  await scene.enter(['burn-1', 'good-1', 'good-2'])
  await vi.waitUntil(async () => (await scene.finished()) === 3, { timeout: 20_000 * patience })
  expect(await reconcile(scene)).toEqual([])
  const runs = scene.lines().filter(({ event, key }) => event === 'begin' && key === `burn-1:${oddHop}`)
  figure('a handler that burns CPU for three leases', 'runs once', runs.length, runs.length === 1)
  expect((await linesOf(scene)).filter(({ event }) => event === 'expired')).toEqual([])
})
