import type { FakeGrin } from './serve-fake-grin.ts'

/** The credentials of a person who has logged in to a fake GRIN, as its clients read them from a file. */
export function credentialsOf({ tokenUrl, refreshToken }: NonNullable<FakeGrin['login']>) {
  return {
    client_id: 'library',
    client_secret: 's',
    refresh_token: refreshToken,
    token_uri: tokenUrl,
  }
}
