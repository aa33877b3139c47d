import { type Ledger, ledgerOver } from './ledger.ts'

/** The ledger that is served at `url`. */
export function httpLedger(url: string): Ledger {
  const bookings = new URL('/bookings', url)
  return ledgerOver(async ({ key, entry, signal }) => {
    const response = await fetch(bookings, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(entry),
      signal,
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after') ?? undefined,
      body: isJson ? JSON.parse(text) : text,
    }
  })
}
