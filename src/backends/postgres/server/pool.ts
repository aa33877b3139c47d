import pg, { type PoolClient } from 'pg'
import { OnlyReads } from './failures.ts'
import { hostsOf } from './hosts.ts'
import { answerMs, connectMs } from './patience.ts'
import type { PoolLike } from './pool-like.ts'

/** What answers by itself, or is asked by none, is given up after so long; what may take longer says so. */
const usual = {
  ...{ connectionTimeoutMillis: connectMs, query_timeout: answerMs, allowExitOnIdle: true },
  ...{ keepAlive: true, keepAliveInitialDelayMillis: connectMs },
}

/** Whether a URL has several, of which one may be written to while another may not. */
export function hasSeveralHosts(url: string | undefined): boolean {
  return url !== undefined && hostsOf(url).length > 1
}

interface PoolOptions {
  /** How many connections. */
  readonly max: number
  /** Whether several statements may be under way in one, see `Together`. */
  readonly pipeline: boolean
}

/** A pool of ours for the database of `url`, or of the environment. */
export function makePool(url: string | undefined, options: PoolOptions): PoolLike & { end(): Promise<void> } {
  const urls = url === undefined ? [undefined] : hostsOf(url)
  const pools = urls.map((each) => {
    const pool = new pg.Pool({ ...(each !== undefined && { connectionString: each }), ...usual, ...options })
    pool.on('error', () => {})
    // What a connection emits beside its answers must not end the process, also when it comes with the last of its beginning: the pool
    // has no listener of its own then.
    pool.on('connect', (client) => void client.on('error', () => {}))
    return pool
  })
  return pools.length === 1 ? pools[0]! : new HostPools(pools)
}

/** The pools of several hosts, of which one is used: that of the server which can be written to. */
class HostPools implements PoolLike {
  readonly #pools: readonly pg.Pool[]
  readonly #known = new WeakSet<PoolClient>()
  #at = 0

  constructor(pools: readonly pg.Pool[]) {
    this.#pools = pools
  }

  /** Tries each host once, beginning with that which was good last; rejects with the error of the last. */
  async connect(): Promise<PoolClient> {
    for (let tries = 1; ; tries++) {
      const at = this.#at
      try {
        return await this.#writable(await this.#pools[at]!.connect())
      } catch (error) {
        // Another request may have found the next one meanwhile.
        if (this.#at === at) this.#at = (at + 1) % this.#pools.length
        if (tries >= this.#pools.length) throw error
      }
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.end()))
  }

  async #writable(client: PoolClient): Promise<PoolClient> {
    if (this.#known.has(client)) return client
    try {
      const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only')
      if (rows[0]!.transaction_read_only === 'on') throw new OnlyReads()
    } catch (error) {
      client.release(error as Error)
      throw error
    }
    this.#known.add(client)
    return client
  }
}
