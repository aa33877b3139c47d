import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Backend } from '../../src/queue/backend.ts'
import { on } from './kind.ts'

/** Milliseconds in which news of a commit has come to those who wait for it: over HTTP it comes by a request of its own. */
const newsMs = on === 'http' ? 40 : 20
/** A request that takes longer waits for what the test does next. */
const longestMs = 3000
const fewTurns = 5

let underWay = 0
let committedAt = Number.NEGATIVE_INFINITY

/** `backend`, whose requests `quiet` waits for. */
export function heard(backend: Backend): Backend {
  const { watch, keep, commitIn, inbox, isPrivate, close, ...asked } = backend
  const requests = Object.entries(asked).map(([name, ask]) => [name, counted(name, ask as Ask)])
  return { ...backend, ...Object.fromEntries(requests) }
}

type Ask = (...args: unknown[]) => Promise<unknown>

function counted(name: string, ask: Ask): Ask {
  return (...args) => {
    underWay++
    const answered = () => {
      underWay--
      if (name === 'commit') committedAt = performance.now()
    }
    // Not awaited here: an error says where the caller asked.
    const answer = Promise.resolve(ask(...args))
    answer.then(answered, answered)
    return answer
  }
}

/** Waits until nothing is asked of a database, and what was committed is known to those who wait for it. */
export async function quiet(): Promise<void> {
  const begun = performance.now()
  for (let turns = 0; turns < fewTurns; turns++) {
    await setImmediate()
    const isBusy = underWay > 0 || performance.now() - committedAt < newsMs
    if (isBusy && performance.now() - begun < longestMs) {
      await setTimeout(1)
      turns = 0
    }
  }
}
