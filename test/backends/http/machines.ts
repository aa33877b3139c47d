import { expect } from 'vitest'
import * as z from 'zod'
import type { HttpOptions } from '../../../src/backends/http/http-options.ts'
import { http } from '../../../src/backends/http.ts'
import { makeQueues, sequential, worker } from '../../../src/index.ts'
import type { Backend } from '../../../src/queue/backend.ts'

interface MachinesOptions {
  /** What the server at `url` serves. */
  readonly inner: Backend
  readonly url: string
  readonly options?: HttpOptions
  /** From 0 up to 1. */
  readonly chance: () => number
}

/** Two machines that work on three stages over HTTP, and what has to be true of that in the end. */
export async function startMachines({ inner, url, options = {}, chance }: MachinesOptions) {
  const io = { input: z.string(), output: z.string() }
  const process = async (text: string) => {
    await new Promise((resolve) => setTimeout(resolve, chance() * 20))
    return `${text}.`
  }
  const stage = () => worker({ ...io, leaseMs: 20_000, concurrency: 5, process })
  const flow = sequential(sequential(stage(), stage()), stage())
  const stop = new AbortController()
  const backends = [http(url, options), http(url, options)]
  const machines = await Promise.all(backends.map((backend) => makeQueues(flow, backend, 'w')))
  const running = machines.flatMap((queues) =>
    queues
      .artifacts()
      .flat(9)
      .map((run) => run(stop.signal)),
  )
  const [first] = machines
  const done = async () => (await inner.count()).find(({ queue }) => queue === 'w/output')!.ready

  return {
    done,
    /** Lets `ids` enter. Those that a lost request has kept out are let in by `complete`. */
    push: (ids: readonly string[]) =>
      Promise.allSettled(ids.map((id) => first!.input.push(id, id, { enter: 'ignore' }))),
    /** Lets in what is missing, and waits until each of `ids` has passed each stage once and none was charged with anything. */
    async complete(ids: readonly string[]) {
      const journeys = await Promise.all(ids.map((id) => inner.journey('w', id)))
      await Promise.all(ids.filter((_, n) => !journeys[n]).map((id) => first!.input.push(id, id)))
      await expect.poll(done, { timeout: 60_000 }).toBe(ids.length)
      for (const id of ids) {
        const { lines, row } = (await inner.journey('w', id))!
        expect(row!.value).toBe(`${id}...`)
        const events = lines.map(({ event }) => event)
        expect(events.filter((event) => event === 'moved')).toHaveLength(3)
        expect(events).not.toContain('expired')
        expect(events).not.toContain('postponed')
      }
    },
    async end() {
      stop.abort()
      await Promise.all(running)
      await Promise.all(backends.map((backend) => backend.close()))
    },
  }
}

/** Numbers from 0 up to 1, the same each time. */
export function chances(seed: number): () => number {
  let last = seed
  return () => {
    last = (last * 1_103_515_245 + 12_345) % 2_147_483_648
    return last / 2_147_483_648
  }
}
