import { join } from 'node:path'
import { better, defineQueue, defineWorker } from 'plainjob'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import type { ChainSetup, Peer } from './peer.ts'

const silent = { error() {}, warn() {}, info() {}, debug() {} }

/** The best SQLite queue for Node that we know (https://www.npmjs.com/package/plainjob), as it is shipped. */
export function plainjob({ folder, hops, done, work, payload }: ChainSetup): Peer {
  const queue = defineQueue({ connection: better(openDatabase(join(folder, 'plainjob.db'))), logger: silent })
  const workers = [...Array(hops).keys()].map((k) =>
    defineWorker(
      `stage${k}`,
      async (job: { data: string }) => {
        await work()
        const data = JSON.parse(job.data) as { id: string }
        if (k + 1 < hops) queue.add(`stage${k + 1}`, data)
        else done(data.id)
      },
      { queue, logger: silent, pollIntervall: 1 },
    ),
  )
  return {
    durability: 'WAL, NORMAL, as shipped',
    push: async (ids) =>
      void queue.addMany(
        'stage0',
        ids.map((id) => ({ id, ...payload(id) })),
      ),
    async start() {
      for (const worker of workers) void worker.start()
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()))
    },
  }
}
