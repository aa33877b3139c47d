import { z } from 'zod'
import { Defect } from '../defect.ts'
import { openPlain } from '../plain-file.ts'

/** What Google's tools write for a user who has logged in (`authorized_user`); https://google.aip.dev/auth/4113 */
const Credentials = z.object({
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  refresh_token: z.string().min(1),
  token_uri: z.url().default('https://oauth2.googleapis.com/token'),
})
export type Credentials = z.output<typeof Credentials>

/** Reads the credentials in `file`, which only its owner may read. Throws an `Error` that quotes nothing of it. */
export async function readCredentials(file: string): Promise<Credentials> {
  const handle = await openPlain(file).catch((cause: NodeJS.ErrnoException) => {
    const why = cause instanceof Defect ? `it is ${cause.actual}` : cause.code
    throw new Error(`The credentials for GRIN, ${file}, cannot be read (${why}).`, { cause })
  })
  try {
    const { mode } = await handle.stat()
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new Error(`The credentials for GRIN, ${file}, can be read by others; run: chmod 600 ${file}`)
    const read = Credentials.safeParse(jsonOf(await handle.readFile('utf8')))
    if (read.success) return read.data
    const keys = 'client_id, client_secret and refresh_token'
    throw new Error(`The credentials for GRIN, ${file}, are no JSON object with ${keys}.`)
  } finally {
    await handle.close()
  }
}

// A parser's message may quote what it parsed, which here is a secret.
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
