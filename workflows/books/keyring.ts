import { z } from 'zod'
import { Defect } from './defect.ts'
import { readSecretFile, secretJson } from './secret-file.ts'

const prefix = 'PIPEWRIGHT_PASSPHRASE_'
const Passphrases = z.record(z.string().min(1), z.string().min(1))

/** Passphrases by name. Names travel in tokens and decisions; the passphrases never leave this object but by `passphrase`. */
export interface Keyring {
  readonly names: readonly string[]
  /** The passphrase of that name; `UnknownPassphrase` when there is none. */
  passphrase(name: string): string
}

export interface KeyringOptions {
  /** A JSON file `{ "name": "passphrase" }`; readable by its owner only, unless `shared`. */
  readonly file?: string
  /** Accept a file that others can read; for sample data, whose passphrase is public. */
  readonly shared?: boolean
  /** Where `PIPEWRIGHT_PASSPHRASE_<NAME>` is looked for; the name in the keyring is `<name>` in lower case. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Reads a keyring from a file, from the environment, or from both (the environment wins). */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const passphrases = new Map<string, string>()
  if (options.file !== undefined) {
    for (const [name, value] of await fromFile(options.file, options.shared ?? false))
      passphrases.set(name, value)
  }
  for (const [variable, value] of Object.entries(options.env ?? {})) {
    if (variable.startsWith(prefix) && value)
      passphrases.set(variable.slice(prefix.length).toLowerCase(), value)
  }
  const names = [...passphrases.keys()].sort()
  return {
    names,
    passphrase(name) {
      const value = passphrases.get(name)
      if (value !== undefined) return value
      const known = names.length === 0 ? 'it is empty' : `it has ${names.join(', ')}`
      throw new Defect('UnknownPassphrase', `The keyring has no passphrase named "${name}"; ${known}.`)
    },
  }
}

async function fromFile(file: string, shared: boolean): Promise<[string, string][]> {
  const subject = `The keyring ${file}`
  const read = Passphrases.safeParse(secretJson(await readSecretFile(file, subject, { shared })))
  if (!read.success) throw new Error(`${subject} is not a JSON object of passphrases by name.`)
  return Object.entries(read.data)
}
