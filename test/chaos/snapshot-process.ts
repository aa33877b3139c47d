// A process of the chaos tests that looks at the file, in one read transaction at a time, until it is stopped.
// Then it says how often it has looked, and what was wrong.
import { statSync } from 'node:fs'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'

const [database, entered, everyMs] = process.argv.slice(2) as [string, string, string]
const db = openDatabase(database, { readonly: true })
const tables = db.prepare<[], string>('select view from pw_queues').pluck().all()
const places = tables.map((table) => `select id from ${table}`).join(' union all ')
const known = db.prepare<[], number>('select count(*) from pw_tokens').pluck()
const misplaced = db.prepare<[], { id: string; places: number }>(
  `select t.id, count(p.id) as places from pw_tokens t left join (${places}) p on p.id = t.id
   group by t.id having places <> 1`,
)
const inOutput = db.prepare<[], number>('select count(*) from travel_output').pluck()

let snapshots = 0
let finished = 0
const faults: string[] = []

function look(): void {
  // Each line is an id of eight characters, written when its push had been answered.
  const least = statSync(entered).size / 9
  db.exec('begin')
  const tokens = known.get()!
  if (tokens < least) faults.push(`snapshot ${snapshots}: ${tokens} tokens, though ${least} had entered`)
  for (const { id, places } of misplaced.all())
    faults.push(`snapshot ${snapshots}: ${id} is in ${places} queues`)
  const done = inOutput.get()!
  if (done < finished) faults.push(`snapshot ${snapshots}: ${done} finished tokens, after ${finished}`)
  db.exec('commit')
  finished = done
  snapshots++
}

const timer = setInterval(look, Number(everyMs))
process.on('disconnect', () => process.exit(1))
process.once('message', () => {
  clearInterval(timer)
  look()
  process.send!({ snapshots, faults: faults.slice(0, 20) }, () => process.exit(0))
})
