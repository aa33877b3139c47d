import { archiveNameOf } from '../barcode.ts'
import { credentialsOf } from './credentials-of.ts'
import type { FakeGrin } from './serve-fake-grin.ts'

/** What a person who has started a fake GRIN may try with curl. */
export function howToAsk(grin: FakeGrin): string {
  const { url, directory, books, login } = grin
  const library = `${url}/libraries/${directory}`
  const header = login ? ' -H "authorization: Bearer $TOKEN"' : ''
  const [first = 'BARCODE'] = books.barcodes()
  const logIn = login
    ? [
        `TOKEN=$(curl -s ${login.tokenUrl} -d grant_type=refresh_token -d refresh_token=${login.refreshToken} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
      ]
    : []
  const lines = [
    ...logIn,
    `curl "${library}/_all_books?format=text&mode=all"${header}`,
    `curl "${library}/_converted?format=text"${header}`,
    `curl "${library}/_process?barcodes=${books.barcodeAt(books.count - 1)}"${header}`,
    `curl -O ${library}/${archiveNameOf(first)}${header}`,
    `curl ${url}/admin/counters`,
    `curl ${url}/admin/clock/advance -H 'content-type: application/json' -d '{"ms": 86400000}'`,
  ]
  const shown = lines.map((line) => `  ${line}\n`).join('')
  return `The fake GRIN has ${books.count} books, at ${library}/\n\n${shown}\n${howToPoint(grin)}`
}

/** How an app of books is pointed at it. */
function howToPoint({ url, directory, login, passphrase }: FakeGrin): string {
  const needed = login ?? { tokenUrl: `${url}/oauth/token`, refreshToken: 'none' }
  return `The books take it by this in their config:

  grin: { directory: ${directory}, base: "${url}/libraries", credentials: grin.json }

with this in grin.json (chmod 600), and the passphrase of the sample in their keyring, which is public:

  ${JSON.stringify(credentialsOf(needed))}
  {"sample": ${JSON.stringify(passphrase)}}
`
}
