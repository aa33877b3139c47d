import { expect, it } from 'vitest'
import { Driver } from '../../src/testing/backend-model/driver.ts'
import { Random } from '../../src/testing/backend-model/random.ts'
import { Fixture } from '../../src/testing/backend-suite/fixture.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { file, move, type Place, schema } from './rig.ts'

const { CHAOS, CHAOS_SEED } = process.env
const runs = CHAOS_SEED ? 1 : CHAOS === 'long' ? 40 : 1
const first = CHAOS_SEED ? Number(CHAOS_SEED) : Date.now() % 2 ** 31
const steps = CHAOS === 'long' ? 60 : 25

for (let run = 0; run < runs; run++) {
  const seed = first + run
  it(`queues go on after each move as if there had been none (CHAOS_SEED=${seed})`, async () => {
    const clock = new FakeClock()
    const places: readonly Place[] =
      CHAOS === 'long' ? [file(), schema(), schema(), file(), file()] : [file(), schema(), file()]
    let backend = await places[0]!.open({ clock })
    const fixture = new Fixture({ backend, close: async () => {} }, clock)
    const driver = new Driver(fixture, new Random(seed))
    try {
      await driver.open()
      for (const [at, place] of places.entries()) {
        if (at > 0) {
          await backend.close()
          await move(places[at - 1]!, place, { clock })
          backend = await place.open({ clock })
          fixture.backend = backend
        }
        for (let step = 0; step < steps; step++) await driver.step()
      }
    } catch (cause) {
      throw new Error(`${(cause as Error).message}\n${driver.steps.slice(-5).join('\n  ')}`, { cause })
    } finally {
      await backend.close()
    }
    expect(driver.steps.length).toBeGreaterThan(places.length)
  }, 240_000)
}
