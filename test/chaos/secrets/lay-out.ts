import { randomUUID } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sampleFile, samplePassphrase } from '../../workflows/books/scratch.ts'

// Each with characters that JSON, URLs and base64 write in another way.
const secret = (name: string) => `${name}-${randomUUID()} "/+?&é`
/** All that must not be seen. */
export const secrets = {
  passphrase: samplePassphrase,
  'wrong passphrase': secret('wrong'),
  'passphrase in the environment': secret('env'),
  'passphrase instead of its name': secret('misplaced'),
  token: `token-${randomUUID()}`,
  'key of S3': secret('s3'),
  'password of a URL': `pw-${randomUUID()}`,
  'password of a database': `db-${randomUUID()}`,
}
/** The book of the test. */
export const barcode = '32101700000019'

/** Lays out a book, a keyring, a good config and bad ones; returns the names of the bad ones. */
export function layOut(cwd: string, { storage }: { readonly storage: 'folder' | 's3' }): readonly string[] {
  mkdirSync(join(cwd, 'source'))
  const archive = `${barcode}.tar.gz.gpg`
  copyFileSync(sampleFile(archive), join(cwd, 'source', archive))
  const keyring = { right: secrets.passphrase, wrong: secrets['wrong passphrase'] }
  writeFileSync(join(cwd, 'keyring.json'), JSON.stringify(keyring))
  writeFileSync(join(cwd, 'torn-keyring.json'), JSON.stringify(keyring).slice(0, -1))
  for (const name of ['keyring.json', 'torn-keyring.json']) chmodSync(join(cwd, name), 0o600)
  const folders = 'source: source\nsample: false\nprocessing: processing\ndone: done\n'
  const usual = `${folders}keyring: keyring.json\nserve: { port: 0 }\n`
  writeFileSync(join(cwd, 'good.yaml'), `${usual}passphrase: wrong\nstorage: ${storage}\n`)
  const misplaced = JSON.stringify(secrets['passphrase instead of its name'])
  const database = `postgres://me:${secrets['password of a database']}@db/queues`
  const bad = {
    'name.yaml': `${usual}passphrase: ${misplaced}\n`,
    'torn.yaml': `${usual}passphrase: ${misplaced} "\n`,
    'unknown.yaml': `${usual}token: ${secrets.token}\n`,
    'type.yaml': `${folders}serve: { port: ${secrets.token} }\n`,
    'list.yaml': `${folders}passphrase: [${misplaced}]\n`,
    'database.yaml': `${usual}database: ${database}\n`,
    'keyring.yaml': `${folders}keyring: torn-keyring.json\n`,
  }
  for (const [name, text] of Object.entries(bad)) writeFileSync(join(cwd, name), text)
  return Object.keys(bad)
}
