import { openBackend } from 'pipewright'
import { openLibrary, quick } from './library.ts'

// Works until it is killed, or its parent is. Its arguments say in which folder and on which database, and maybe how long a lease is.
process.once('disconnect', () => process.exit())
if (!process.connected) process.exit()
const [, , root, database, leaseMs] = process.argv
const library = await openLibrary(
  root!,
  leaseMs === undefined ? quick : { ...quick, leaseMs: Number(leaseMs) },
  { open: () => openBackend(database!) },
)
library.work()
