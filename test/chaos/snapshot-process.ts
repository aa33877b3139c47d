// A process of the chaos tests that looks at the rows, in one read transaction at a time, until it is stopped.
// Then it says how often it has looked, and what was wrong.
import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRows } from './open-rows.ts'

const [database, entered, everyMs] = process.argv.slice(2) as [string, string, string]
const rows = await openRows(database)

let snapshots = 0
let finished = 0
let isStopped = false
const faults: string[] = []

async function look(): Promise<void> {
  // Each line is an id of eight characters, written when its push had been answered.
  const least = statSync(entered).size / 9
  const { tokens, misplaced, inOutput } = await rows.look()
  if (tokens < least) faults.push(`snapshot ${snapshots}: ${tokens} tokens, though ${least} had entered`)
  for (const { id, places } of misplaced) faults.push(`snapshot ${snapshots}: ${id} is in ${places} queues`)
  if (inOutput < finished)
    faults.push(`snapshot ${snapshots}: ${inOutput} finished tokens, after ${finished}`)
  finished = inOutput
  snapshots++
}

process.on('disconnect', () => process.exit(1))
process.once('message', () => {
  isStopped = true
})
while (!isStopped) {
  await look()
  await sleep(Number(everyMs))
}
await look()
process.send!({ snapshots, faults: faults.slice(0, 20) }, () => process.exit(0))
