// Runs `npm start` as a person would in a fresh checkout: waits until its review API answers, presses Ctrl-C, and
// wants a clean end. Then runs it again until it is idle, and wants every book of the sample where it belongs.
import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const made = ['data', 'queues.db', 'queues.db-wal', 'queues.db-shm']
const health = 'http://127.0.0.1:4717/health'

process.chdir(new URL('..', import.meta.url).pathname)
for (const path of made) if (existsSync(path)) fail(`${path} is there already: run this in a fresh checkout.`)

const first = npmStart()
const answered = await Promise.race([untilHealthy(), first.ended.then(() => false)])
if (!answered) fail('npm start did not come to answer.', first)
// To all of its group, as a terminal does.
process.kill(-first.pid, 'SIGINT')
const code = await first.ended
if (code !== 0) fail(`npm start ended with ${code} after Ctrl-C.`, first)

const second = npmStart('--', '--until-idle')
if ((await second.ended) !== 0) fail('npm start -- --until-idle failed.', second)
process.stdout.write(second.output())
if (!/^3 finished, \d+ in review, 0 dead$/m.test(second.output())) fail('The three good books are not done.')
for (const path of made) rmSync(path, { recursive: true, force: true })

function npmStart(...args) {
  const child = spawn('npm', ['start', ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data))
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)))
  return { pid: child.pid, ended, output: () => output }
}

async function untilHealthy() {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200)) {
    const answer = await fetch(health).catch(() => undefined)
    if (answer?.ok) return true
  }
  return false
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
