// Many processes on one file. As a parent it seeds a chain of four, starts PROCESSES children and measures until all
// tokens are out, and apart from that from when a quarter are: by then each process has compiled what it does all the time. As a child it
// works until a message stops it. Prints one line of JSON.
// usage: shared-file.ts PROCESSES TOKENS; in the environment BURN_MS: how long each handler computes, 0 unless told; KEYS: of so many keys
// two at once in each stage
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pipewright } from './peers/pipewright.ts'
import { plainChain } from './plain-chain.ts'

const burnMs = Number(process.env['BURN_MS'] ?? 0)
const [processes = '1', tokens = '20000', folder] = process.argv.slice(2)
const setup = (at: string) => plainChain(at, burn)

if (folder !== undefined) await work(folder)
else await measure(Number(processes), Number(tokens))
process.exit(0)

function burn(): undefined {
  const until = performance.now() + burnMs
  while (performance.now() < until);
}

async function work(at: string): Promise<void> {
  const peer = await pipewright(setup(at))
  const told = () => new Promise((resolve) => process.once('message', resolve))
  const go = told()
  process.send!('ready')
  await go
  const stop = told()
  await peer.start()
  await stop
  await peer.stop()
}

async function measure(count: number, total: number): Promise<void> {
  const at = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
  const peer = await pipewright(setup(at))
  await peer.push([...Array(total).keys()].map(String))
  const children = [...Array(count)].map(() => fork(import.meta.filename, ['0', '0', at]))
  // How long Node takes to load its modules is not what is measured.
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))))
  const startedAt = performance.now()
  for (const child of children) child.send('go')
  // To count is work too, which should not be done all the time beside what is measured.
  await peer.settled!(total / 4, 50)
  const left = await peer.hopsLeft!()
  const warmAt = performance.now()
  await peer.settled!(total, 50)
  const seconds = (performance.now() - startedAt) / 1000
  const warmSeconds = (performance.now() - warmAt) / 1000
  for (const child of children) child.send('stop')
  await Promise.race([
    Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve)))),
    setTimeout(5000),
  ])
  await peer.stop()
  rmSync(at, { recursive: true, force: true })
  process.stdout.write(
    `${JSON.stringify({
      processes: count,
      hopsPerSecond: Math.round((total * 4) / seconds),
      warmHopsPerSecond: Math.round(left / warmSeconds),
    })}\n`,
  )
}
