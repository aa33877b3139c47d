// What the processes and threads of `isolated` run; host.ts lists the messages. Plain JavaScript, so that it runs
// from the sources, under any loader and none, and from the built package.
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { codeOf, fieldOf, ifReadable, isError, sayThrown } from '../../queue/thrown.mjs'
import { importDefault } from './import-default.mjs'
import { showLife } from './signs-of-life.mjs'

const progressEveryMs = 250
let loading
let config
let controller

const say = isMainThread
  ? (said) => process.send?.(said, () => {})
  : (said) => parentPort.postMessage(JSON.stringify(said))

if (isMainThread) {
  process.on('message', receive)
  // Not process.exit, which waits for pending requests to the file system.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  // A signal to the whole group is for the parent, which decides about the work here.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  new Worker(new URL('./orphan-watch.mjs', import.meta.url), {
    workerData: { parent: process.ppid },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  }).unref()
} else {
  parentPort.on('message', (text) => receive(JSON.parse(text)))
}

function receive(message) {
  if (message.kind === 'load') {
    config = message.config
    loading = load(message.module)
    // The first run reports a rejection.
    loading.catch(() => {})
  } else if (message.kind === 'abort') controller?.abort(new Error(message.reason))
  else void run(message)
}

async function load(module) {
  const work = await importDefault(module)
  if (typeof work === 'function') return work
  throw Object.assign(new TypeError(`${module} has no function as its default export.`), { retry: false })
}

async function run({ value, id, key, stageKey, attempt, stallMs }) {
  const current = new AbortController()
  controller = current
  let life
  try {
    const work = await loading
    life = stallMs && showLife(stallMs, () => say({ kind: 'alive' }))
    const result = await work(value, {
      id,
      key,
      stageKey,
      attempt,
      signal: current.signal,
      log,
      progress: reportTo(life),
      config,
    })
    say({ kind: 'done', result })
  } catch (error) {
    say({ kind: 'failed', error: sent(error) })
  } finally {
    life?.stop()
    if (controller === current) controller = undefined
  }
}

function reportTo(life) {
  let reportedAt = 0
  return (fraction, note) => {
    life?.report()
    const now = Date.now()
    if (now - reportedAt < progressEveryMs) return
    reportedAt = now
    say({ kind: 'progress', fraction, note })
  }
}

const log = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (message, fields) => say({ kind: 'log', level, message, fields }),
  ]),
)

// With its causes: five levels and ten errors at each, so that a circle ends too. What was thrown may be of another realm,
// no error at all, or throw when it is read.
function sent(thrown, levels = 5) {
  const [cause, errors] = levels > 0 ? ['cause', 'errors'].map((name) => fieldOf(thrown, name)) : []
  const [stack, retry, retryAfterMs, details] = ['stack', 'retry', 'retryAfterMs', 'details'].map((name) =>
    fieldOf(thrown, name),
  )
  return {
    name: isError(thrown) ? sayThrown(fieldOf(thrown, 'name')) : 'Error',
    message: isError(thrown) ? sayThrown(fieldOf(thrown, 'message')) : sayThrown(thrown),
    ...(isError(thrown) && {
      stack: typeof stack === 'string' ? stack : undefined,
      code: codeOf(thrown) && fieldOf(thrown, 'code'),
    }),
    retry: retry === false ? retry : undefined,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
    // They may be anything, such as a bigint or a circle.
    details: ifReadable(() => JSON.stringify(details)) && details,
    cause: cause === undefined || cause === null ? undefined : sent(cause, levels - 1),
    errors: Array.isArray(errors) ? errors.slice(0, 10).map((each) => sent(each, levels - 1)) : undefined,
  }
}
