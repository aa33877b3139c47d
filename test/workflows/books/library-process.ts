import { openLibrary, quick } from './library.ts'

// Works until it is killed, or its parent is. Its arguments say where, and maybe how long a lease is.
process.once('disconnect', () => process.exit())
if (!process.connected) process.exit()
const [, , root, leaseMs] = process.argv
const library = await openLibrary(
  root!,
  leaseMs === undefined ? quick : { ...quick, leaseMs: Number(leaseMs) },
)
library.work()
