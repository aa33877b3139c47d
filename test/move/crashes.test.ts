import { expect, it } from 'vitest'
import type { Source, Target } from '../../src/move/house.ts'
import { moveHouse } from '../../src/move/move-house.ts'
import { file, fill, idsIn, isThere, type Place, schema, standingOf } from './rig.ts'

/** What changes a house: a process that is killed has done it, or has not. */
const steps = [
  'found',
  'close',
  'write',
  'settle',
  'checked',
  'closeForGood',
  'open',
  'raze',
  'reopen',
] as const

class Killed extends Error {}

interface Count {
  left: number
  readonly isDone: boolean
  isDead?: boolean
}

/** A house of a mover that is killed before, or after, the `left`th of its steps. */
function dying(house: Source & Target, count: Count): Source & Target {
  return new Proxy(house, {
    get(target, name: keyof (Source & Target)) {
      const method = target[name]
      if (typeof method !== 'function' || !steps.some((step) => step === name)) return method
      return async (...given: never[]) => {
        if (count.isDead) throw new Killed()
        count.isDead = --count.left === 0
        if (count.isDead && !count.isDone) throw new Killed()
        const done = await (method as (...all: never[]) => Promise<unknown>)(...given)
        if (count.isDead) throw new Killed()
        return done
      }
    },
  })
}

async function run(
  from: Place,
  to: Place,
  count: Count = { left: -1, isDone: true },
): Promise<'killed' | 'done'> {
  const [source, target] = [from.house(), to.house()]
  try {
    await moveHouse(dying(source, count), dying(target, count))
    return 'done'
  } catch (error) {
    if (count.isDead) return 'killed'
    throw error
  } finally {
    await source.end()
    await target.end()
  }
}

/** Where writes are taken now. */
async function openPlaces(places: readonly Place[]): Promise<readonly Place[]> {
  const open = []
  for (const place of places)
    if ((await isThere(place)) && (await standingOf(place)) === 'open') open.push(place)
  return open
}

const ways = [
  ['from SQLite to Postgres', file, schema],
  ['from Postgres to SQLite', schema, file],
] as const

for (const [way, here, there] of ways)
  for (const isDone of [false, true])
    it(`killed ${isDone ? 'after' : 'before'} any step ${way}, a move goes on when it is run again`, async () => {
      const ids = ['t0', 't1', 't2']
      const origin = here()
      await fill(origin, 3)
      // Every step of one move, of which the next run goes on; then the queues are where the next move begins.
      let from = origin
      let to = there()
      let isBack = false
      for (let left = 1, ended = false; !ended; left++) {
        ended = (await run(from, to, { left, isDone })) === 'done'
        expect((await openPlaces([from, to])).length).toBeLessThanOrEqual(1)
        expect(await run(from, to)).toBe('done')
        expect(await openPlaces([from, to])).toEqual([to])
        if (left % 6 === 0) expect(await idsIn(to)).toEqual(ids)
        // It is over: another run finds that out, and changes nothing.
        expect(await run(from, to)).toBe('done')
        from = to
        isBack = !isBack
        to = (isBack ? here : there)()
      }
      expect(await idsIn(from)).toEqual(ids)
    }, 240_000)
