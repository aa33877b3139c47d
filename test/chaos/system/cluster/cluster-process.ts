// A process of the cluster: works on all stages, and serves the desk, until it is killed or its parent is gone. Its first argument is a
// `ClusterSetup` as JSON. It says the URL of its API when it works.
import { appendFileSync } from 'node:fs'
import { postgres } from '../../../../src/backends/postgres/postgres.ts'
import { type Backend, isPipewrightError, type Log, makeQueues } from '../../../../src/index.ts'
import { serveReviews } from '../../../../src/serve/serve-reviews.ts'
import { makeFlow } from './flow.ts'
import { Journal } from './journal.ts'
import type { ClusterSetup } from './setup.ts'

const setup = JSON.parse(process.argv[2]!) as ClusterSetup
const { url, journals, log: logFile, name, options, workMs, holdsRoom } = setup
process.on('disconnect', () => process.exit(1))
const journal = new Journal(journals, name)
const say = (level: string) => (message: string, fields?: object) =>
  message.startsWith('The work failed') ||
  appendFileSync(
    logFile,
    `${new Date().toISOString()} ${name} ${level} ${message} ${JSON.stringify(fields ?? {}).slice(0, 600)}\n`,
  )
const log: Log = { debug() {}, info: say('info'), warn: say('warn'), error: say('error') }
process.on('uncaughtException', (error) => {
  say('crash')(String(error.stack))
  process.exit(70)
})
process.on('unhandledRejection', (error) => {
  say('crash')(String((error as Error)?.stack))
  process.exit(71)
})
const backend = telling(await postgres(url, { onWarning: say('warn'), connections: 6, waitMs: 600_000 }))
const queues = await makeQueues(makeFlow(options, holdsRoom), backend, 'cluster', {
  owner: `worker ${name}`,
  log,
})
const artifacts = queues.artifacts({ journal, workMs })
const server = await serveReviews({ queues, artifacts, log })
runAll(artifacts)
process.send!(server.url)

function runAll(some: object): void {
  for (const each of Object.values(some)) {
    if (typeof each === 'function') void each(new AbortController().signal)
    else if (!('decide' in each)) runAll(each)
  }
}

/** `backend`, with every answer to a result in the journal. */
function telling(backend: Backend): Backend {
  return {
    ...backend,
    async commit(changes) {
      const popped = changes.flatMap((change) =>
        change.kind === 'pop' && change.event === 'moved' ? [`${change.id}:${change.hop}` as string] : [],
      )
      const pushed = new Map(
        changes.flatMap((change) => {
          if (change.kind !== 'push') return []
          const { runs } = change.value as { runs?: string[] }
          return [[`${change.token.id}:${change.token.hop - 1}` as string, runs?.at(-1) ?? '-'] as const]
        }),
      )
      try {
        const receipt = await backend.commit(changes)
        for (const key of popped) journal.write('told', key, pushed.get(key) ?? '-')
        return receipt
      } catch (error) {
        if (isPipewrightError(error) && error.code === 'lease_lost')
          for (const key of popped) journal.write('refused', key, pushed.get(key) ?? '-')
        throw error
      }
    },
  }
}
