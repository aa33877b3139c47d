import { rmSync } from 'node:fs'
import { makeQueues } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { openContext } from '../open-context.ts'
import { folderSource } from '../source/folder-source.ts'
import { makeBooks } from '../workflow.ts'
import { ExampleClock } from './example-clock.ts'
import { owner, Shelf } from './shelf.ts'
import { farMs, tellStory } from './story.ts'

/** Makes the example database at `path`, anew: books in every queue and in every status, with their history. */
export async function makeExample(path: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
  const clock = new ExampleClock()
  const backend = await sqlite(path, { clock })
  try {
    const queues = await makeQueues(
      makeBooks({ awaitConversion: { lostAfterMs: farMs } }),
      backend,
      'books',
      { clock, owner },
    )
    const { review } = queues.artifacts(nowhere())
    const { input, output } = queues
    await tellStory({
      backend,
      input,
      output,
      shelf: new Shelf({ backend, input, clock, desk: review }),
      clock,
    })
  } finally {
    await backend.close()
  }
  settle(path)
}

/** No stage is run, so none uses the context. */
function nowhere() {
  return openContext({ source: folderSource('source'), keyring: { env: {} }, processing: {}, done: {} })
}

/** Makes one file of it, which can be read where nothing can be written, and removes what has ended and the name of the user that made it. */
function settle(path: string): void {
  const db = openDatabase(path)
  db.pragma('journal_mode = delete')
  db.prepare('update pw_queues set made_by = ?').run(owner)
  // What the keeper drops when it comes to that, so that it does not matter whether it has.
  db.exec(`delete from pw_marks where not exists (select 1 from pw_tokens t
    where t.token = pw_marks.token and t.hop = pw_marks.hop and t.queue = pw_marks.queue)`)
  // It has many tables and few rows.
  db.pragma('page_size = 1024')
  db.exec('vacuum')
  db.close()
}
