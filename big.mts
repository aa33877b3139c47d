import { sqlite } from './src/backends/sqlite/index.ts'
import { openDatabase } from './src/backends/sqlite/file/open-database.mjs'
import { existsSync, statSync } from 'node:fs'
const [,, dir, big] = process.argv
const queues = [{ name: 'b/a', role: 'stage' }, { name: 'b/b', role: 'stage' }, { name: 'b/out', role: 'output' }] as const
async function make(path: string, waiting: number, finished: number) {
  if (existsSync(path)) return
  const b = await sqlite(path); await b.declare({ workflow: 'b', queues, fingerprint: 'x' }); await b.close()
  const db = openDatabase(path); db.pragma('journal_mode=delete'); db.pragma('synchronous=off'); db.pragma('cache_size=-400000')
  const value = JSON.stringify({ tag: 'A', text: 'x'.repeat(100) })
  db.exec(`with recursive n(i) as (select 1 union all select i+1 from n where i < ${waiting})
   insert into pw_tokens (token,id,workflow,entered_at,queue,hop,status,priority,deploy,arrived_at,value) select i, 't'||i, 'b', 1700000000000+i, 1, 1, 'ready', 0, 1, 1700000000000+i, '${value}' from n`)
  db.exec(`with recursive n(i) as (select 1 union all select i+1 from n where i < ${finished})
   insert into pw_tokens (token,id,workflow,entered_at,finished_at,left_at,outcome,queue,hop,status,deploy,arrived_at) select ${waiting}+i, 'f'||i, 'b', 1700000000000+i, 1700000000000+i, 1700000000000+i, 'done', null, 3, null, 1, 1700000000000+i from n`)
  db.close()
}
const t0 = performance.now()
await make(dir + '/small.db', 1000, 1000); await make(dir + '/big.db', +big, +big)
console.log('made', ((performance.now() - t0) / 1000).toFixed(0), 's', (statSync(dir + '/big.db').size / 2 ** 30).toFixed(2), 'GiB')
const files = { small: await sqlite(dir + '/small.db'), big: await sqlite(dir + '/big.db') }
for (const b of Object.values(files)) await b.declare({ workflow: 'b', queues, fingerprint: 'x' })
const times: Record<string, number[]> = {}
const note = (k: string, ms: number) => (times[k] ??= []).push(ms)
const req = { owner: 'me', leaseMs: 60000, timeoutMs: 60000 }
for (let round = 0; round < 60; round++) for (const [k, b] of Object.entries(files)) {
  let t = performance.now()
  const rows = await b.lease('b/a', { ...req, limit: 10 })
  note(k + ' lease', performance.now() - t); t = performance.now()
  await Promise.all(rows.map(({ id, hop, lease, priority, deploy, frames, value }) => b.commit([{ kind: 'pop', event: 'moved', queue: 'b/a', id, hop, lease }, { kind: 'push', queue: 'b/out', value, token: { id, hop: hop + 1, frames, priority, deploy } }])))
  note(k + ' hop', performance.now() - t); t = performance.now()
  await b.get('b/a', 't' + (500 + round)); note(k + ' get', performance.now() - t); t = performance.now()
  await b.list('b/a', { limit: 100 }); note(k + ' list', performance.now() - t)
  if (round < 3) { t = performance.now(); await b.count(); note(k + ' count', performance.now() - t); t = performance.now(); await b.query(`select oldest from queues where name = 'b/a'`); note(k + ' oldest view', performance.now() - t) }
}
const med = (x: number[]) => x.sort((a, b) => a - b)[x.length >> 1]!
for (const what of ['lease', 'hop', 'get', 'list', 'count', 'oldest view']) { const [s, g] = [med(times['small ' + what]!), med(times['big ' + what]!)]; console.log(what.padEnd(12), 'small', s.toFixed(2), 'big', g.toFixed(2), 'ratio', (g / s).toFixed(2)) }
for (const b of Object.values(files)) await b.close()
