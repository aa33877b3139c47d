import { LedgerBook } from './ledger-book.ts'
import { serveLedger } from './serve-ledger.ts'

// A ledger to try the workflow with: `npm run ledger`, or with a port of your own, `npm run ledger -- 4900`.
const { url } = await serveLedger(new LedgerBook({ fraction: Math.random }), Number(process.argv[2] ?? 4800))
process.stdout.write(`The ledger listens at ${url}/bookings; about every fifth request fails.\n`)
