import { z } from 'zod'
import { readSecretFile, secretJson } from '../secret-file.ts'

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
  const subject = `The credentials for GRIN, ${file},`
  const read = Credentials.safeParse(secretJson(await readSecretFile(file, subject)))
  if (read.success) return read.data
  throw new Error(`${subject} are no JSON object with client_id, client_secret and refresh_token.`)
}
