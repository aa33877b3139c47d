import { openLibrary } from './library.ts'

// Works until it is killed, or its parent is.
process.once('disconnect', () => process.exit())
if (!process.connected) process.exit()
const library = await openLibrary(process.argv[2]!)
library.work()
