import { FakeClock } from '../fake-clock.ts'
import { Fixture } from './fixture.ts'
import type { Open } from './opened.ts'

/** The part of vitest or `node:test` that the suite needs. */
export interface Runner {
  /** Groups the tests that `body` registers. */
  describe(name: string, body: () => void): unknown
  /** Registers a test that fails if `body` rejects. */
  it(name: string, body: () => Promise<void>): unknown
}

/** Registers one test of a capability. */
export type Test = (name: string, body: (fixture: Fixture) => Promise<void>) => void

/** Registers tests with `runner`, each with an empty backend of its own in which the usual queues are declared. */
export function testWith(open: Open, runner: Runner): Test {
  return (name, body) =>
    runner.it(name, async () => {
      const clock = new FakeClock()
      const opened = await open(clock)
      try {
        const fixture = new Fixture(opened, clock)
        await fixture.declare()
        await body(fixture)
      } finally {
        await opened.close()
      }
    })
}
