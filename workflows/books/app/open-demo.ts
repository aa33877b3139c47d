import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { databaseUrl, filePath, type Opening } from 'pipewright'
import * as z from 'zod'
import { BooksConfig } from './config.ts'
import { openBooks } from './open-books.ts'
import { makeSampleKeyring } from './prepare.ts'

const Port = z.number().int().min(1).max(65_535)

/** Where the demo has its files, and which ports it listens on. */
export const DemoConfig = z.strictObject({
  folder: filePath().default('data'),
  database: databaseUrl().default('queues.db'),
  /** That of the review API. */
  port: Port.default(4717),
  /** That of the fake GRIN. */
  grinPort: Port.default(4720),
})

/** Puts the app of books together, on a fake GRIN that runs in the process which runs the others. */
export function openDemo(
  { folder, database, port, grinPort }: z.output<typeof DemoConfig>,
  opening: Opening,
) {
  const at = (name: string) => join(folder, name)
  const credentials = at('grin.json')
  const config = BooksConfig.parse({
    ...{ processing: at('processing'), done: at('done'), keyring: at('keyring.json') },
    ...{ database, serve: { port } },
    grin: {
      ...{ directory: 'DEMO', base: `http://127.0.0.1:${grinPort}/libraries`, credentials },
      ...{ ledger: at('ledger.db'), wanted: 'all', pollMinutes: 0.05 },
    },
  })
  const opened = openBooks(config, opening)
  let closeGrin = async () => {}
  return {
    ...opened,
    seed: {
      ...opened.seed,
      // Called before the other processes begin, in the one that runs them.
      async *all() {
        const { demoGrin } = await import('./demo-grin.ts')
        const { url, login, close } = await demoGrin(grinPort)
        closeGrin = close
        opening.log.info('A GRIN of our own converts books within seconds.', { url })
        await mkdir(folder, { recursive: true })
        await writeFile(credentials, JSON.stringify(login), { mode: 0o600 })
        await makeSampleKeyring(config.keyring)
        yield* opened.seed.all!()
      },
    },
    async close() {
      opened.close()
      await closeGrin()
    },
  }
}
