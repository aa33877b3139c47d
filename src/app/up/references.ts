import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** What values refer to. */
export interface References {
  readonly env: NodeJS.ProcessEnv
  /** The folder that relative paths are meant from. */
  readonly folder: string
  /** Called with each fault: where it is, and what is wrong, as the rest of a sentence that begins with the key. */
  readonly fault: (keys: readonly PropertyKey[], what: string) => void
}

/** A value without references, and the secrets that have come into it. */
export interface Resolved {
  readonly value: unknown
  readonly secrets: readonly string[]
}

const reference = /\$?\$\{([^}]*)\}/g
const maxBytes = 100_000
const unknown = `has a "$\{" that is no reference; those are $\{env:NAME} and $\{file:PATH}, and "$$\{" stands for "$\{".`

/**
 * `value` with what its texts refer to in place of `${env:NAME}` and `${file:PATH}`: a variable of the environment, and the
 * text of a file without the line break at its end. `$${` stands for `${`.
 */
export function resolveReferences(value: unknown, { env, folder, fault }: References): Resolved {
  const secrets = new Set<string>()
  return { value: walk(value, []), secrets: [...secrets] }

  function walk(at: unknown, keys: readonly PropertyKey[]): unknown {
    if (typeof at === 'string')
      return at.replace(reference, (whole, inside) => resolveOne(whole, inside, keys))
    if (Array.isArray(at)) return at.map((each, i) => walk(each, [...keys, i]))
    if (typeof at !== 'object' || at === null) return at
    return Object.fromEntries(Object.entries(at).map(([key, each]) => [key, walk(each, [...keys, key])]))
  }

  function resolveOne(whole: string, inside: string, keys: readonly PropertyKey[]): string {
    if (whole.startsWith('$$')) return whole.slice(1)
    const [, kind, name = ''] = /^(env|file):(.+)$/s.exec(inside) ?? []
    const refuse = (what: string) => {
      fault(keys, what)
      return ''
    }
    // What stands there may be a secret that was written down by mistake.
    if (kind === undefined) return refuse(unknown)
    const found = kind === 'env' ? env[name] : textOf(resolve(folder, name))
    if (found instanceof Error)
      return refuse(`refers to the file ${name}, which cannot be read: ${found.message}.`)
    if (found === undefined) return refuse(`refers to the environment variable ${name}, which is not set.`)
    secrets.add(found)
    return found
  }
}

function textOf(path: string): string | Error {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) return new Error('it is no file')
    if (stats.size > maxBytes) return new Error(`it has more than ${maxBytes} bytes`)
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return new Error(code === 'ENOENT' ? 'there is no such file' : code)
  }
}
