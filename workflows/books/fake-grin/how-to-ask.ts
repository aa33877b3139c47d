import { archiveNameOf } from '../barcode.ts'
import type { FakeGrin } from './serve-fake-grin.ts'

/** What a person who has started a fake GRIN may try with curl. */
export function howToAsk({ url, directory, books, login }: FakeGrin): string {
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
  return `The fake GRIN has ${books.count} books, at ${library}/\n\n${lines.map((line) => `  ${line}\n`).join('')}`
}
