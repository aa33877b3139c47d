import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Random } from '../../../../src/testing/backend-model/random.ts'

/** How bad the way is: parts of a thousand of what a client sends that are cut, or delayed. */
export interface Weather {
  readonly cuts: number
  readonly delays: number
  readonly delayMs: number
}

/** What is between a process and its server, and does it harm at random. */
export interface FaultProxy {
  readonly port: number
  weather: Weather
  readonly cuts: number
  /** Nothing is passed on for so long, though no connection ends; then it goes on. */
  freeze(ms: number): void
  thaw(): void
  cutAll(): void
  /** Ends one direction of each connection. */
  halfClose(): void
  close(): Promise<void>
}

/** Fair weather. */
export const calm: Weather = { cuts: 0, delays: 0, delayMs: 0 }

/** Starts a proxy in front of the server at `port()`; without one nobody answers there. */
export async function startFaultProxy(
  random: Random,
  portOf: () => number | undefined,
  host = '127.0.0.1',
): Promise<FaultProxy> {
  const pairs = new Set<Pair>()
  let cuts = 0
  let frozenUntil = 0
  const proxy = { weather: calm }

  const server = createServer((client) => {
    const port = portOf()
    if (port === undefined) return void client.resetAndDestroy()
    const pair = new Pair(client, connect(port, host), {
      random,
      weather: () => proxy.weather,
      hasCut: () => cuts++,
      gone: () => pairs.delete(pair),
    })
    pairs.add(pair)
    if (Date.now() < frozenUntil) pair.freeze()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }

  return {
    port,
    get weather() {
      return proxy.weather
    },
    set weather(weather: Weather) {
      proxy.weather = weather
    },
    get cuts() {
      return cuts
    },
    freeze(ms) {
      frozenUntil = Math.max(frozenUntil, Date.now() + ms)
      for (const pair of pairs) pair.freeze()
      setTimeout(() => {
        if (Date.now() >= frozenUntil - 5) for (const pair of pairs) pair.thaw()
      }, ms)
    },
    thaw() {
      frozenUntil = 0
      for (const pair of pairs) pair.thaw()
    },
    cutAll() {
      for (const pair of pairs) pair.cut()
    },
    halfClose() {
      for (const pair of pairs) pair.halfClose()
    },
    async close() {
      for (const pair of pairs) pair.cut()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Harm {
  readonly random: Random
  readonly weather: () => Weather
  readonly hasCut: () => void
  readonly gone: () => void
}

/** One connection, and that which stands for it at the server. */
class Pair {
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #harm: Harm
  #answer: 'pass' | 'cut' | 'half' = 'pass'
  #delayed: Promise<unknown> = Promise.resolve()

  constructor(client: Socket, upstream: Socket, harm: Harm) {
    this.#client = client
    this.#upstream = upstream
    this.#harm = harm
    for (const each of [client, upstream]) {
      each.setNoDelay(true)
      each.on('error', () => {})
      each.on('close', () => this.#end())
    }
    client.on('data', (chunk) => this.#sent(chunk))
    upstream.on('data', (chunk) => this.#answered(chunk))
    client.on('end', () => upstream.end())
    upstream.on('end', () => client.end())
  }

  freeze(): void {
    this.#client.pause()
    this.#upstream.pause()
  }

  thaw(): void {
    this.#client.resume()
    this.#upstream.resume()
  }

  cut(): void {
    this.#harm.hasCut()
    this.#end()
  }

  halfClose(): void {
    this.#harm.hasCut()
    if (this.#harm.random.below(2) === 0) this.#client.end()
    else this.#upstream.end()
  }

  #sent(chunk: Buffer): void {
    const { random, weather } = this.#harm
    const { cuts, delays, delayMs } = weather()
    if (cuts > 0 && random.below(1000) < cuts) {
      const how = random.below(4)
      if (how === 0) return this.cut()
      if (how === 1) return void this.#upstream.write(chunk.subarray(0, chunk.length / 2), () => this.cut())
      this.#answer = how === 2 ? 'cut' : 'half'
    }
    const ms = delays > 0 && random.below(1000) < delays ? random.below(delayMs) : 0
    this.#inTurn(ms, () => this.#upstream.write(chunk))
  }

  #answered(chunk: Buffer): void {
    if (this.#answer === 'pass') this.#client.write(chunk)
    else if (this.#answer === 'cut') this.cut()
    else this.#client.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => this.cut())
  }

  #inTurn(ms: number, send: () => void): void {
    this.#delayed = this.#delayed.then(async () => {
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
      if (!this.#upstream.destroyed) send()
    })
  }

  #end(): void {
    this.#client.destroy()
    this.#upstream.destroy()
    this.#harm.gone()
  }
}
