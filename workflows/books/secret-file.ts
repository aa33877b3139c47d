import { Defect } from './defect.ts'
import { openPlain } from './plain-file.ts'

/**
 * Reads a file of secrets, as text. Throws an `Error` about `subject` ("The keyring keys.json") if it cannot be read, or if others than its
 * owner can read it and it is not `shared`.
 */
export async function readSecretFile(
  file: string,
  subject: string,
  { shared = false }: { readonly shared?: boolean | undefined } = {},
): Promise<string> {
  const handle = await openPlain(file).catch((cause: NodeJS.ErrnoException) => {
    const why = cause instanceof Defect ? `it is ${cause.actual}` : cause.code
    throw new Error(`${subject} cannot be read (${why}).`, { cause })
  })
  try {
    const { mode } = await handle.stat()
    if (!shared && process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new Error(`${subject} can be read by others; run: chmod 600 ${file}`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** The JSON in a text of secrets; undefined if it is none. A parser's message may quote what it parsed. */
export function secretJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
