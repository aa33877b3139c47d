import { chmod, copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, isAbsolute, relative } from 'node:path'
import type { Log } from 'pipewright'
import type { Keyring } from '../keyring.ts'
import { layOutSample, sampleKeyring } from '../sample/lay-out-sample.ts'
import type { BooksConfig } from './config.ts'

/** Makes the folders, lays out the sample if it is wanted, and says where everything is. */
export async function prepare(config: BooksConfig, log: Log): Promise<void> {
  const { source, processing, done, keyring, database } = config
  const folders = [...(config.grin ? [] : [source]), processing, done, dirname(keyring)]
  for (const folder of folders) await mkdir(folder, { recursive: true })
  if (config.sample && !config.grin && (await layOutSample(source)).laidOut) {
    log.info(`The sample is in ${near(source)}: three good books, and broken ones made of them.`)
    await makeSampleKeyring(keyring)
  }
  if (!config.grin && (await readdir(source)).length === 0)
    log.warn(`There is no archive in ${near(source)}: is that the folder that you mean?`)
  const from = config.grin ? `GRIN (${config.grin.directory})` : near(source)
  log.info(`Books go from ${from} through ${near(processing)} to ${near(done)}.`)
  log.info(
    'What is broken waits for you at /reviews/review/tasks of the API, which says below where it listens.',
  )
  if (isAbsolute(database))
    log.info(`Ask anything: sqlite3 -readonly ${near(database)} "select * from queues"`)
}

/** Puts the keyring of the sample, whose passphrases are public, where there is none yet. */
export async function makeSampleKeyring(file: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (isThere) return
  await copyFile(sampleKeyring, file)
  await chmod(file, 0o600)
}

/** If the user has written a passphrase in place of its name, it must be in no token, nor in the error. */
export function refuseUnknown(passphrase: string, { names }: Keyring): void {
  if (names.includes(passphrase)) return
  const known = names.length === 0 ? 'and that is empty' : `which has ${names.join(', ')}`
  throw new Error(`"passphrase" in the config is to be the name of one in the keyring, ${known}.`)
}

function near(path: string): string {
  const short = relative(process.cwd(), path) || '.'
  return short.startsWith('..') ? path : short
}
