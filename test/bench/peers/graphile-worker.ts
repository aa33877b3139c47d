import { Logger, makeWorkerUtils, type Runner, run, type TaskList } from 'graphile-worker'
import type { ChainSetup, Peer } from './peer.ts'

const silent = new Logger(() => () => {})

/** https://worker.graphile.org, as fast as its documentation says how: a local queue, and completions in batches. */
export async function graphileWorker({ hops, concurrency, done, work, payload }: ChainSetup): Promise<Peer> {
  const connectionString = process.env['DATABASE']!
  const utils = await makeWorkerUtils({ connectionString, logger: silent })
  await utils.migrate()
  const taskList: TaskList = {}
  for (let k = 0; k < hops; k++) {
    taskList[`stage${k}`] = async (data, { addJob }) => {
      await work()
      if (k + 1 < hops) await addJob(`stage${k + 1}`, data)
      else done((data as { id: string }).id)
    }
  }
  let runner: Runner | undefined
  return {
    durability: 'as the server has it',
    async push(ids) {
      for (let i = 0; i < ids.length; i += 1000) {
        const some = ids.slice(i, i + 1000)
        await utils.addJobs(some.map((id) => ({ identifier: 'stage0', payload: { id, ...payload(id) } })))
      }
    },
    async start() {
      runner = await run({
        ...{ connectionString, concurrency, taskList, logger: silent },
        maxPoolSize: concurrency + 4,
        noHandleSignals: true,
        pollInterval: 1000,
        preset: {
          worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
        },
      })
    },
    async stop() {
      await runner?.stop()
      await utils.release()
    },
  }
}
