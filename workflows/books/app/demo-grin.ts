import { credentialsOf } from '../fake-grin/credentials-of.ts'
import type { FaultRule } from '../fake-grin/faults/fault.ts'
import { serveFakeGrin } from '../fake-grin/serve-fake-grin.ts'

const nth = (n: number) => `321019000000${String(n).padStart(2, '0')}`
const made = 17

/** What is wrong with some of the made books; the others arrive. */
const faults: readonly FaultRule[] = [
  { fault: 'wrong-passphrase', of: nth(9) },
  { fault: 'flipped-byte', of: nth(10) },
  { fault: 'bad-checksum', of: nth(11) },
  { fault: 'missing-page', of: nth(12) },
  { fault: 'half-image', of: nth(13) },
  { fault: 'without-title', of: nth(14) },
  { fault: 'conversion-failed', of: nth(15) },
  { fault: 'not-available', of: nth(16) },
  // Not the fault of these two: they come whole at the second try.
  { fault: 'reset', of: nth(3), on: 'get', times: 1 },
  { fault: 'http-500', of: nth(4), on: 'get', times: 1 },
]

/** Serves a GRIN to look at: the books of the sample and made ones, some of them broken, converted within seconds. */
export async function demoGrin(port: number) {
  const served = serveFakeGrin({
    ...{ port, directory: 'DEMO', auth: {}, faults },
    books: { sample: true, made: { count: made, pages: 4 }, converted: 5 },
    conversionMs: [2000, 8000],
  })
  const { url, login, close } = await served.catch((cause) => {
    throw new Error(
      `The GRIN of the demo cannot be served on port ${port}; end what listens there, or set another \`grinPort\`.`,
      { cause },
    )
  })
  return { url, close, login: credentialsOf(login!) }
}
