// A process that lets a few tokens enter, one after the other, and works on them in two stages, on a disk that may be
// slow. It says on its standard output `begun STAGE ID`, `aborted STAGE ID`, and at the end `events ID EVENT...`.
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeQueues, sequential, worker } from '../../../src/index.ts'

const [path, tokens] = [process.argv[2]!, Number(process.argv[3])]
const say = (...words: readonly string[]) => writeSync(1, `${words.join(' ')}\n`)
const workMs = 30
const ids = Array.from({ length: tokens }, (_, n) => `t${n}`)

function stage(name: string) {
  return worker({
    input: z.number(),
    output: z.number(),
    concurrency: 4,
    async process(n, { id, signal }) {
      say('begun', name, id)
      signal.addEventListener('abort', () => say('aborted', name, id))
      await sleep(workMs)
      return n
    },
  })
}

const backend = await sqlite(path)
const queues = await makeQueues(sequential(stage('one'), stage('two')), backend, 'slow')
const stop = new AbortController()
const running = queues.artifacts().map((run) => run(stop.signal))
for (const [n, id] of ids.entries()) {
  await queues.input.push(id, n)
  await sleep(workMs)
}
for (const _ of ids) await queues.output.read()
stop.abort()
await Promise.all(running)
for (const id of ids) {
  const { lines } = (await backend.journey('slow', id))!
  say('events', id, ...lines.map(({ event }) => event))
}
await backend.close()
