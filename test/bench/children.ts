// What CHILDREN children of one token cost, and the same tokens without a parent, and how much memory the process needs.
// Prints one line of JSON.
// usage: children.ts CHILDREN
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { each, makeQueues, worker } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'
import { watchMemory } from './memory-growth.ts'

const count = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const Page = z.object({ page: z.number() })
const read = worker({ input: Page, output: Page, concurrency: 20, process: (page) => page })
const book = each(read, {
  input: z.object({ pages: z.number() }),
  output: z.object({ pages: z.number() }),
  *split({ pages }) {
    for (let page = 0; page < pages; page++) yield { page }
  },
  async join(_, results) {
    let pages = 0
    for await (const { value } of results) pages += value.page >= 0 ? 1 : 0
    return { pages }
  },
})

const apart = await run('pages', read, async (queues) => {
  for (let page = 0; page < count; page += 500) {
    const some = [...Array(500).keys()].map((k) => page + k)
    await Promise.all(some.map((n) => queues.input.push(`p${n}`, { page: n })))
  }
  return count
})
const joined = await run('books', book, async (queues) => {
  await queues.input.push('b', { pages: count })
  return 1
})
rmSync(folder, { recursive: true, force: true })
const result = {
  apartUs: (apart.seconds * 1e6) / count,
  joinedUs: (joined.seconds * 1e6) / count,
  grewMb: joined.grewMb,
}
process.stdout.write(`${JSON.stringify(result)}\n`)

/** Lets tokens enter and be worked on; the seconds until the last is out, and by how much the memory has grown meanwhile. */
async function run(
  name: string,
  pipeline: any,
  enter: (queues: any) => Promise<number>,
): Promise<{ readonly seconds: number; readonly grewMb: number }> {
  const backend = await sqlite(join(folder, `${name}.db`))
  const queues = await makeQueues(pipeline, backend, name)
  const stop = new AbortController()
  const grown = watchMemory()
  const startedAt = performance.now()
  const expected = await enter(queues)
  const running = runAll(queues.artifacts(), stop.signal)
  while ((await queues.output.count()) < expected) await setTimeout(5)
  const seconds = (performance.now() - startedAt) / 1000
  const grewMb = grown()
  stop.abort()
  await running
  await backend.close()
  return { seconds, grewMb }
}

function runAll(artifacts: any, signal: AbortSignal): Promise<unknown> {
  if (typeof artifacts === 'function') return artifacts(signal)
  return Promise.all(Object.values(artifacts).map((each) => runAll(each, signal)))
}
