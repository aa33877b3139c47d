// A process that serves the review API of verdicts on a database, says where, and ends when its parent does.
import { serveVerdicts } from './verdict.ts'

process.on('disconnect', () => process.exit())
const { url } = await serveVerdicts(process.argv[2]!)
process.send!(url)
