import { layOut } from './src/pipeline/lay-out.ts'
import { fingerprint } from './src/pipeline/fingerprint.ts'
import { makeQueues, state, worker, workflow, wrapped } from './src/index.ts'
import { sqlite } from './src/backends/sqlite/index.ts'
import * as z from 'zod'
import { rmSync } from 'node:fs'
const many=200
const states = [...Array(many + 1).keys()].map((n) => state(`State${n}` as 'State', z.object({ n: z.number() })))
const add = worker({ input: z.number(), output: z.number(), process: (n: number) => n + 1 })
const stages = Object.fromEntries(states.slice(0, many).map((input, i) => { const output = states[i + 1]!; return [`s${i}`, wrapped(add, { input, output, pre: ({ n }) => n, post: (_, n) => output({ n }) })] }))
const flow = workflow({ input: states[0]!, output: states[many]!, stages } as never) as any
const path='/dev/shm/mq.db'
for (const x of ['','-wal','-shm']) rmSync(path+x,{force:true})
for (let r=0;r<6;r++) {
 const t0=performance.now(); const laid=layOut(flow,'w'+r); const t1=performance.now(); const f=fingerprint(flow,laid); const t2=performance.now()
 const b=await sqlite(path); const t3=performance.now()
 await b.declare({workflow:'w'+r,queues:laid.specs,fingerprint:f}); const t4=performance.now()
 await b.declare({workflow:'w'+r,queues:laid.specs,fingerprint:f}); const t5=performance.now()
 await b.close()
 const c=await sqlite(path); const t6=performance.now(); await c.declare({workflow:'w'+r,queues:laid.specs,fingerprint:f}); const t7=performance.now(); await c.close()
 console.log('layout',(t1-t0).toFixed(1),'fingerprint',(t2-t1).toFixed(1),'new',(t4-t3).toFixed(1),'again same',(t5-t4).toFixed(1),'again other',(t7-t6).toFixed(1))
}
