import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { compiled } from '../compiled.ts'
import { figure } from '../figures.ts'
import { reconcile } from '../reconcile.ts'
import { openScene } from '../scene.ts'

// The wall clock of one process jumps by an hour, forwards and backwards, while it works, and that of another is an
// hour ahead all the time; their monotonic clocks go on. How the protection was taken out once, in a copy, to see this
// fail: `elapsed` of `clock.ts` made `Date.now`: leases end or last an hour, and it does not come to its end.

const hourMs = 3_600_000
const leaseMs = 2000

it('steals no lease and strands none when the wall clock jumps', { timeout: 120_000 }, async () => {
  const scene = await openScene(compiled.worker, {
    options: { concurrency: 4, leaseMs },
    workMs: [800, 1200],
  })
  onTestFinished(scene.close)
  const [jumping, ahead] = [wallClock(), wallClock()]
  ahead.set(hourMs)
  const workers = [jumping, ahead].map(({ env }) => scene.startWorker(undefined, env))
  const ids = Array.from({ length: 120 }, (_, n) => `t${n}`)
  await scene.enter(ids)
  await scene.enter(['later'], hourMs - 10_000)
  const working = () => workers.every((worker) => scene.lines(worker).some(({ event }) => event === 'begin'))
  await vi.waitUntil(working, { timeout: 20_000 })
  for (const offsetMs of [hourMs, 0, -hourMs, 0]) {
    jumping.set(offsetMs)
    const before = await scene.finished()
    // Long enough for each lease to be renewed, or to run out.
    const heldUntil = performance.now() + 1.5 * leaseMs
    const isHeld = async () => performance.now() > heldUntil && (await scene.finished()) > before
    await vi.waitUntil(isHeld, { timeout: 20_000 })
    expect(await scene.finished(), 'some are still under way').toBeLessThan(ids.length)
  }
  await vi.waitUntil(async () => (await scene.finished()) > ids.length, { timeout: 60_000 })

  const faults = await reconcile(scene)
  const { lines: rows } = await scene.backend.lines({ event: 'expired' })
  const what = 'the wall clock jumps by an hour both ways, one worker is an hour ahead'
  figure(what, 'no lease stolen', rows.length, rows.length === 0)
  figure(what, 'none stranded or done twice', faults.join(' ') || 'none', faults.length === 0)
})

it('goes by the wall for what is due', { timeout: 60_000 }, async () => {
  const scene = await openScene(compiled.worker, { options: { concurrency: 4, leaseMs }, workMs: [1, 2] })
  onTestFinished(scene.close)
  const clock = wallClock()
  const worker = scene.startWorker(undefined, clock.env)
  await scene.enter(['now-1'])
  await scene.enter(['hour-1'], hourMs)
  await vi.waitUntil(async () => (await scene.finished()) === 1, { timeout: 20_000 })
  const begun = () => scene.lines(worker).filter(({ key }) => key.startsWith('hour-1')).length
  expect(begun()).toBe(0)
  clock.set(hourMs + 1000)
  const jumpedAt = performance.now()
  await vi.waitUntil(async () => (await scene.finished()) === 2, { timeout: 20_000 })
  const seconds = (performance.now() - jumpedAt) / 1000
  figure(
    'what is due in an hour, when the wall clock jumps by one',
    'within 5 s',
    `${seconds.toFixed(1)} s`,
    seconds < 5,
  )
})

/** A wall clock for processes, which can be set while they run. Needs libfaketime. */
function wallClock(): { readonly env: NodeJS.ProcessEnv; readonly set: (offsetMs: number) => void } {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-clock-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'offset')
  const set = (offsetMs: number) => writeFileSync(file, `${offsetMs < 0 ? '' : '+'}${offsetMs / 1000}\n`)
  set(0)
  const env = {
    LD_PRELOAD: faketime(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    DONT_FAKE_MONOTONIC: '1',
  }
  return { env, set }
}

function faketime(): string {
  const places = ['/usr/lib', ...readdirSync('/usr/lib').map((name) => join('/usr/lib', name))]
  for (const place of places) {
    const library = join(place, 'faketime/libfaketimeMT.so.1')
    if (existsSync(library)) return library
  }
  throw new Error('npm run system needs libfaketime; install it.')
}
