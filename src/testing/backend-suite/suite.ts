import type { Backend } from '../../queue/backend.ts'
import type { MaybePromise } from '../../schema/schema.ts'
import { FakeClock } from '../fake-clock.ts'
import { Fixture } from './fixture.ts'

/** A backend as the suite gets it. One that keeps its queues has `reopen`: the same queues, opened again. */
export interface Opened {
  readonly backend: Backend
  /** Closes the backend and opens its queues again, as another process would. */
  readonly reopen?: (() => Promise<Backend>) | undefined
  /** Lets go of everything, whatever the test has closed already. */
  readonly close: () => Promise<void>
}

/** Opens an empty backend that goes by `clock`. */
export type Open = (clock: FakeClock) => MaybePromise<Opened>

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
