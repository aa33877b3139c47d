import { openLibrary } from './library.ts'

// Works until it is killed, or its parent is. It is told where, and maybe how long a lease is.
process.once('disconnect', () => process.exit())
const [, , root, leaseMs] = process.argv
const library = await openLibrary(root!, leaseMs === undefined ? {} : { leaseMs: Number(leaseMs) })
library.work()
