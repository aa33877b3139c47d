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

/** When the mover is killed: before, or after, it has done a step for the `nth` time. */
interface Death {
  readonly step: (typeof steps)[number]
  readonly nth: number
  readonly isDone: boolean
}

/** Both houses of one mover, which does nothing any more once it is dead. */
class Mover {
  readonly #death: Death | undefined
  #times = 0
  isDead = false

  constructor(death?: Death) {
    this.#death = death
  }

  with(house: Source & Target): Source & Target {
    return new Proxy(house, {
      get: (target, name: keyof (Source & Target)) => {
        const method = target[name]
        const step = steps.find((each) => each === name)
        if (typeof method !== 'function' || !step) return method
        return (...given: never[]) =>
          this.#do(step, () => (method as (...all: never[]) => Promise<unknown>)(...given))
      },
    })
  }

  async #do(step: Death['step'], work: () => Promise<unknown>): Promise<unknown> {
    if (this.isDead) throw new Killed()
    const isLast = step === this.#death?.step && ++this.#times === this.#death.nth
    if (isLast && !this.#death!.isDone) return this.#die()
    const done = await work()
    return isLast ? this.#die() : done
  }

  #die(): never {
    this.isDead = true
    throw new Killed()
  }
}

async function run(from: Place, to: Place, death?: Death): Promise<'killed' | 'done'> {
  const mover = new Mover(death)
  const [source, target] = [from.house(), to.house()]
  try {
    await moveHouse(mover.with(source), mover.with(target))
    return 'done'
  } catch (error) {
    if (mover.isDead) return 'killed'
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

/** Each step once, and some in the middle; of the pages every one if there is time. */
const nths = (count: number, some: readonly number[]) =>
  process.env['CHAOS'] === 'long' ? Array.from({ length: count }, (_, n) => n + 1) : some
const deaths: readonly Death[] = [false, true].flatMap((isDone) => [
  ...(['found', 'close', 'settle', 'closeForGood', 'open'] as const).map((step) => ({
    step,
    nth: 1,
    isDone,
  })),
  ...nths(20, [1, 11]).map((nth) => ({ step: 'write' as const, nth, isDone })),
  ...nths(16, [9]).map((nth) => ({ step: 'checked' as const, nth, isDone })),
])

it('killed before or after any step, a move goes on when it is run again', async () => {
  const ids = ['t0', 't1', 't2']
  let from = file()
  await fill(from, 3)
  for (const death of deaths) {
    // There and back: where the queues have come to is where the next move begins.
    for (const to of [schema(), file()]) {
      const said = `${JSON.stringify(death)} to ${to.kind}`
      expect(await run(from, to, death), said).toBe('killed')
      expect((await openPlaces([from, to])).length, said).toBeLessThanOrEqual(1)
      expect(await run(from, to), said).toBe('done')
      expect(await openPlaces([from, to]), said).toEqual([to])
      from = to
    }
    expect(await idsIn(from)).toEqual(ids)
  }
  // It is over: another run finds that out, and changes nothing.
  const last = schema()
  expect([await run(from, last), await run(from, last)]).toEqual(['done', 'done'])
  expect(await idsIn(last)).toEqual(ids)
}, 600_000)
