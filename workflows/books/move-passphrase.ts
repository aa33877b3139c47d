import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseDocument } from 'yaml'
import { writeDurably } from './durable-file.ts'
import { olderPassphrase } from './older-books.ts'

// Moves the passphrase of a file of the older shape into the keyring that the app looks for beside it. The passphrase is shown nowhere.
const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('Name the file: move-passphrase.ts FILE.yaml')
const keyring = join(dirname(file), 'data/keyring.json')
const doc = parseDocument(await readFile(file, 'utf8'), { prettyErrors: false })
if (doc.errors.length > 0) throw new Error(`${file} is not valid YAML.`)
const passphrase: unknown = doc.getIn(['global', 'gpg_passphrase'])
if (typeof passphrase !== 'string' || passphrase === '')
  throw new Error(`${file} has no text in global.gpg_passphrase; write a number in quotes.`)

const known = await readKeyring()
const before = known[olderPassphrase]
if (before !== undefined && before !== passphrase)
  throw new Error(
    `${keyring} has another passphrase called "${olderPassphrase}" already; nothing was changed.`,
  )
// The keyring first: whatever happens between the two, the passphrase is in one of them.
await writeDurably(keyring, (out) =>
  out.writeFile(JSON.stringify({ ...known, [olderPassphrase]: passphrase })),
)
doc.deleteIn(['global', 'gpg_passphrase'])
await writeDurably(file, (out) => out.writeFile(doc.toString()))
process.stdout.write(
  `The passphrase is in ${keyring}, as "${olderPassphrase}"; ${file} does not have it any more.\n`,
)

async function readKeyring(): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(keyring, 'utf8')) as Record<string, string>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    // The parser's message may quote a passphrase.
    throw new Error(`The keyring ${keyring} cannot be read, or is not JSON.`)
  }
}
