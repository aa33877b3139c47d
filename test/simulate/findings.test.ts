import { expect, it } from 'vitest'
import * as z from 'zod'
import { oneOf, type ReadQueue, stage, state, worker, workflow, wrapped } from '../../src/index.ts'
import { type Crashes, SimulationError } from '../../src/simulate/index.ts'
import { sayEarlyEnd } from '../../src/simulate/say-finding.ts'
import { simulate } from '../on/simulate.ts'
import { forgetting, forgiving, halving, insisting } from './broken.ts'
import { entering, Half, makeShop, Raw, Whole } from './shop.ts'

// Each breaks something and sees it found. Each was seen to fail with the one line taken out that looks for it: in
// ledger.ts, where a token is in no queue, in two, or was answered under a lease that is gone; in check-history.ts, where
// it arrives or enters too often; in say-finding.ts, where it hops for ever, or a run
// differs from the one before.

/** What `simulation` finds. */
async function found(simulation: Promise<unknown>): Promise<SimulationError> {
  const error = await simulation.then(
    () => new Error('It found nothing.'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(SimulationError)
  return error as SimulationError
}

it('finds a token that a commit has lost', async () => {
  const options = { seed: 7, inputs: entering('a', 'b'), backend: forgetting('b', 'simulated/second') }
  const { message, trace } = await found(simulate(makeShop(), options))
  expect(message).toMatch(
    /^Token "b" is lost: it has to be in queue "simulated\/second", and is in none, after step \d+ \(process-\d commits "b" moved from "simulated\/first", "b" into "simulated\/second"\)\. Repeat it with { seed: 7, crashes: 0 }\.$/,
  )
  expect(trace.at(-1)).toContain('commits "b" moved')
})

it('finds a token that half a commit has doubled', async () => {
  const backend = halving('b', 'simulated/output')
  const { message } = await found(simulate(makeShop(), { seed: 7, inputs: entering('a', 'b'), backend }))
  expect(message).toMatch(
    /^Token "b" is in two queues, "simulated\/second" and "simulated\/output", after step \d+ \(.*\)\. Repeat it with/,
  )
})

it('finds a late result that was recorded', async () => {
  const hurried = makeShop({}, { leaseMs: 100 })
  const options = { crashes: 0, inputs: entering('a', 'b', 'c'), backend: forgiving }
  const findings: string[] = []
  // Rare: what was leased long ago begins only when a renewal has found it.
  for (let seed = 1; seed <= 400 && findings.length === 0; seed++) {
    await simulate(hurried, { ...options, seed }).catch(({ message }) => findings.push(message))
  }
  expect(findings[0]).toMatch(
    /^A late result for token "." in queue ".*" was recorded: its lease was gone, after step/,
  )
})

it('finds a result that was recorded twice', async () => {
  const backend = insisting('simulated/output')
  const { message } = await found(simulate(makeShop(), { seed: 7, inputs: entering('a'), backend }))
  expect(message).toBe(
    'Token "a" has arrived in the output 2 times, and has entered once, at the end. Repeat it with { seed: 7, crashes: 0 }.',
  )
})

it('finds a token that goes to and fro for ever', async () => {
  const Ping = state('Ping', z.object({}))
  const Pong = state('Pong', z.object({}))
  const same = worker({ input: z.object({}), output: z.object({}), process: (value) => value })
  const pingPong = workflow({
    input: Ping,
    output: Whole,
    stages: {
      ping: wrapped(same, { input: Ping, output: Pong, pre: () => ({}), post: () => Pong({}) }),
      pong: wrapped(same, { input: Pong, output: oneOf(Ping, Whole), pre: () => ({}), post: () => Ping({}) }),
    },
  })
  const { message } = await found(
    simulate(pingPong, { seed: 2, name: 'game', inputs: [{ id: 'ball', value: Ping({}) }] }),
  )
  expect(message).toMatch(
    /^Token "ball" has made 100 hops without an end, and is in queue "game\/p[io]ng"\. Repeat it with { seed: 2, crashes: 0 }\.$/,
  )
})

it('finds a token that never gets any further', async () => {
  const process = () => {
    throw Object.assign(new Error('not yet'), { retryAfterMs: 60_000 })
  }
  const patient = makeShop({ first: process }, { retry: { attempts: 1_000_000 } })
  const { message } = await found(simulate(patient, { seed: 2, inputs: entering('a'), budgetMs: 600_000 }))
  expect(message).toMatch(
    /^Token "a" has not ended in 600000 ms: it is \w+ in queue "simulated\/first", and failed last with Error: not yet at .*findings\.test\.ts:\d+:\d+\. Repeat it with/,
  )
})

it('finds what was done twice outside, by the check of the test, and the crash that leads there', async () => {
  interface Post {
    readonly letters: string[]
  }
  const send = worker({
    input: z.string(),
    output: z.string(),
    process: (text, { letters }: Post) => {
      letters.push(text)
      return text
    },
  })
  const io = { input: Raw, output: Whole }
  const post = wrapped(send, { ...io, pre: ({ text }) => text, post: (_, text) => Whole({ text }) })
  const play = (crashes: Crashes) =>
    simulate(post, {
      ...{ seed: 7, crashes, inputs: entering('a', 'b') },
      context: (): Post => ({ letters: [] }),
      check: ({ context: { letters } }) => {
        for (const letter of letters)
          if (letters.indexOf(letter) !== letters.lastIndexOf(letter))
            throw new Error(`The letter "${letter}" was sent twice.`)
      },
    })
  expect((await play(0)).tokens).toHaveLength(2)
  const { message, crashes, trace } = await found(play('every'))
  expect(message).toMatch(
    /^The letter "." was sent twice\. Repeat it with { seed: 7, crashes: { before: \d+ } }\.$/,
  )
  const again = await found(play(crashes))
  expect({ message: again.message, trace: again.trace }).toEqual({ message, trace })
})

it('finds a handler that does not do the same again', async () => {
  let calls = 0
  const moody = makeShop({
    first: (text) => {
      if (++calls % 7 === 0) throw new Error('moody')
      return text
    },
  })
  const { message } = await found(simulate(moody, { seed: 7, inputs: entering('a', 'b', 'c') }))
  expect(message).toMatch(
    /^The run does not repeat itself: step \d+ was "process-.*", and now it is "process-.*"\. A handler/,
  )
})

it('finds a run that ends before its process was to die', () => {
  const point = { step: 7, text: 'process-1 commits "a" moved' }
  expect(sayEarlyEnd(point, 0)).toMatch(
    /^The run does not repeat itself: it ended before step 7, "process-1 commits "a" moved"\. A handler/,
  )
  expect([sayEarlyEnd(point, 1), sayEarlyEnd(undefined, 0)]).toEqual([undefined, undefined])
})

/** A stage whose loop is written by hand. */
function byHand(loop: (input: ReadQueue<{ n: number }>, signal: AbortSignal) => Promise<void>) {
  return stage({
    input: Raw,
    output: Half,
    artifact:
      ({ input }) =>
      (signal: AbortSignal) =>
        loop(input as ReadQueue<never>, signal),
  })
}

it('takes a loop by hand that rejects as an app does: what it has in hand is failed, and it is started again', async () => {
  const own = byHand(async (input, signal) => {
    await input.read(signal)
    throw new Error('I have no idea.')
  })
  const { runs } = await simulate(own, { seed: 1, inputs: entering('a'), crashes: 3 })
  expect(runs.map(({ died, tokens }) => [died, tokens.map(({ end }) => end)])).toEqual([[3, ['dead']]])
})

it('says how a loop by hand fails that never gets to its tokens', async () => {
  const own = byHand(async () => {
    throw new Error('I cannot begin.')
  })
  const { message } = await found(simulate(own, { seed: 1, inputs: entering('a') }))
  expect(message).toMatch(
    /^Token "a" has not ended in 3600000 ms: it is ready in queue "simulated\/main"; a loop of process-\d failed last with "Error: I cannot begin\."\. Repeat/,
  )
})
