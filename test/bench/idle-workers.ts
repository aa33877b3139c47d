// What PROCESSES idle workers, each in a process of its own, cost the Postgres server that DATABASE names: the part of one core that
// all of its processes use. Linux only. Prints one line of JSON.
// usage: idle-workers.ts PROCESSES SECONDS
import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { pipewright } from './peers/pipewright.ts'
import { plainChain } from './plain-chain.ts'

const [processes = '20', seconds = '30'] = process.argv.slice(2)
const ticksPerSecond = 100

if (process.send) {
  const peer = await pipewright(plainChain(''))
  await peer.start()
  process.send('ready')
} else await measure(Number(processes), Number(seconds))

async function measure(count: number, forSeconds: number): Promise<void> {
  const client = new pg.Client(process.env['DATABASE'])
  await client.connect()
  const children = [...Array(count)].map(() => fork(import.meta.filename))
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))))
  await setTimeout(5000)
  const before = await used(client)
  await setTimeout(forSeconds * 1000)
  const after = await used(client)
  for (const child of children) child.kill('SIGKILL')
  await client.end()
  let ticks = 0
  for (const [pid, count] of after) ticks += count - (before.get(pid) ?? 0)
  process.stdout.write(`${JSON.stringify({ core: ticks / ticksPerSecond / forSeconds })}\n`)
  process.exit(0)
}

// Of each process of the server, proc(5).
async function used(client: pg.Client): Promise<ReadonlyMap<number, number>> {
  const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity')
  return new Map(
    rows.map(({ pid }) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')
      return [pid, Number(fields[14 - 3]) + Number(fields[15 - 3])]
    }),
  )
}
