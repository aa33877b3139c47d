import { z } from 'zod'
import { type Credentials, readCredentials } from './credentials.ts'
import { GrinClosed } from './troubles.ts'

/** The access tokens of one process: made of the refresh token when they are needed. */
export interface Login {
  /** The token to ask with now. */
  readonly token: () => Promise<string>
  /** Makes another one, since `refused` is not taken any more; many callers with the same one make one together. */
  readonly renew: (refused: string) => Promise<string>
}

/** RFC 6749, section 5.1 */
const Granted = z.object({ access_token: z.string().min(1) })

/** A login with the credentials in `file`, which is read each time: another login of a person takes effect at once. */
export function loginWith(file: string): Login {
  let current: Promise<string> | undefined
  const make = () => {
    const made = readCredentials(file).then(accessToken)
    current = made
    // The next caller tries again.
    made.catch(() => {
      if (current === made) current = undefined
    })
    return made
  }
  return {
    token: () => current ?? make(),
    async renew(refused) {
      const known = await current?.catch(() => undefined)
      return known !== undefined && known !== refused ? known : make()
    },
  }
}

async function accessToken(credentials: Credentials): Promise<string> {
  const { token_uri: uri, ...fields } = credentials
  const { request } = await import('undici')
  const { statusCode, body } = await request(uri, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...fields, grant_type: 'refresh_token' }).toString(),
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  }).catch((cause) => {
    throw new GrinClosed('Google gives no access token: its login does not answer.', { cause })
  })
  if (statusCode === 200) {
    const granted = Granted.safeParse(await body.json().catch(() => undefined))
    if (granted.success) return granted.data.access_token
  } else await body.dump()
  const again = statusCode === 400 || statusCode === 401 ? ' Log in to GRIN again.' : ''
  throw new GrinClosed(`Google gives no access token (${statusCode}).${again}`)
}
