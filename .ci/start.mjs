// Runs `npm start` as a person would in a fresh checkout: waits until every book of the demo is where it belongs, presses
// Ctrl-C, and wants a clean end. Then starts it again, and wants that nothing has changed.
import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const made = ['data', 'queues.db', 'queues.db-wal', 'queues.db-shm', 'queues.db.up']
const board = 'http://127.0.0.1:4717/board'
// The survey has finished too.
const wanted = 'output 13, review 8, elsewhere 0'

process.chdir(new URL('..', import.meta.url).pathname)
for (const path of made) if (existsSync(path)) fail(`${path} is there already: run this in a fresh checkout.`)

for (const time of ['first', 'second']) {
  const start = npmStart()
  const seconds = await Promise.race([untilAllAreThere(), start.ended.then(() => undefined)])
  if (seconds === undefined)
    fail(`The books of the ${time} npm start did not arrive: ${await whereAll()}.`, start)
  // To all of its group, as a terminal does.
  process.kill(-start.pid, 'SIGINT')
  const code = await start.ended
  if (code !== 0) fail(`npm start ended with ${code} after Ctrl-C.`, start)
  process.stdout.write(`${time} npm start: ${wanted}, after ${seconds} s\n`)
}
for (const path of made) rmSync(path, { recursive: true, force: true })

function npmStart(...args) {
  const child = spawn('npm', ['start', ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data))
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)))
  return { pid: child.pid, ended, output: () => output }
}

async function untilAllAreThere() {
  const startedAt = Date.now()
  for (; Date.now() < startedAt + 120_000; await sleep(200))
    if ((await whereAll()) === wanted) return Math.round((Date.now() - startedAt) / 1000)
  return undefined
}

async function whereAll() {
  const answer = await fetch(board).catch(() => undefined)
  if (!answer?.ok) return 'no answer'
  const { queues } = await answer.json()
  const living = ({ ready, leased, delayed, waiting, dead }) => ready + leased + delayed + waiting + dead
  const sum = (isMeant) => queues.filter(isMeant).reduce((total, queue) => total + living(queue), 0)
  const [output, review] = ['output', 'review'].map((role) => sum((queue) => queue.role === role))
  return `output ${output}, review ${review}, elsewhere ${sum(({ role }) => role === 'stage')}`
}

function fail(sentence, started) {
  process.stderr.write(`${started?.output() ?? ''}${sentence}\n`)
  try {
    process.kill(-started.pid, 'SIGKILL')
  } catch {
    // It has ended, or was never there.
  }
  process.exit(1)
}
