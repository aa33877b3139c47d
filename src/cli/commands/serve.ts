import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Command, Option } from 'commander'
import { type OpenApp, openApp } from '../../app/open-app.ts'
import { refusedAsUsage } from '../../app/usage-error.ts'
import type { Steerable } from '../../serve/steering/steer.ts'
import {
  type AddressOptions,
  type AppOptions,
  addAddress,
  addAppOptions,
  addLogLevel,
  addRollback,
} from '../app-options.ts'
import { warnOfPrivate } from '../private-backend.ts'
import type { Terminal } from '../screen/terminal.ts'
import { handedPlace, takesHanded } from '../supervise/handed.ts'
import { notifySupervisor } from '../supervise/notify-supervisor.ts'
import { processLog } from '../supervise/process-log.ts'
import { stopSignal } from '../supervise/stop-signal.ts'
import { aborted } from '../supervise/work.ts'

interface Options extends AppOptions, AddressOptions {
  readonly handed?: boolean
}

/** `pipewright serve APP`: the review API, in this process. */
export function serveCommand(terminal: Terminal): Command {
  return addAddress(addLogLevel(addRollback(addAppOptions(new Command('serve')))))
    .description('serve the review API of an app')
    .argument('<app>', 'the module of the app')
    .addOption(new Option(takesHanded).hideHelp())
    .action(async (path: string, options: Options) => {
      const { config, db, rollback, host, port, handed } = options
      const log = processLog('serve', terminal, options)
      const stop = stopSignal()
      const { up, ...given } = handed ? await handedPlace() : {}
      const place = { app: path, config, db, rollback, ...given }
      const app = await openApp(place, log)
      try {
        await serve(app, {
          host,
          port,
          up: up === undefined ? undefined : await steered(app, up, stop.signal),
          signal: stop.signal,
        })
      } finally {
        await app.close()
        stop.dispose()
      }
    })
}

async function steered(app: OpenApp, up: string, ending: AbortSignal): Promise<Steerable> {
  const { remoteUp } = await import('../up/remote-up.ts')
  return remoteUp(app, up, ending)
}

/** The channel on which Node publishes each request to a server of this process. */
const requestStart = 'http.server.request.start'

interface Serving {
  readonly host: string | undefined
  readonly port: number | undefined
  /** What has started this process, and can be steered. */
  readonly up: Steerable | undefined
  readonly signal: AbortSignal
}

async function serve(app: OpenApp, { host, port, up, signal }: Serving): Promise<void> {
  // Only this command needs a server, which takes as long to load as all the rest.
  const { serveReviews } = await import('../../serve/serve-reviews.ts')
  app.checkAddress(host)
  warnOfPrivate(app.log, app.backend)
  const queues = await app.makeQueues()
  const serving = serveReviews({
    ...app.serve,
    queues,
    artifacts: queues.artifacts(await app.makeContext(queues)),
    host: host ?? app.serve?.host,
    port: port ?? app.serve?.port,
    log: app.log,
    up,
  })
  const server = await refusedAsUsage(['invalid'], serving)
  notifySupervisor('ready')
  reportFirstRequest()
  app.log.info('The review API listens.', { url: server.url, docs: `${server.url}/docs` })
  await aborted(signal)
  await server.close()
}

// From its first request on, a task may be what ends the process: its `pre` runs when a person looks at it.
function reportFirstRequest(): void {
  const report = () => {
    unsubscribe(requestStart, report)
    notifySupervisor('begun')
  }
  subscribe(requestStart, report)
}
