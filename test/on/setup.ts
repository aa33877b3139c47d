import { FakeClock } from '../../src/testing/index.ts'
import { closeAfterFile } from './open.ts'
import { quiet } from './quiet.ts'

// Time stands still until a database has answered what the time before has made the workers ask.
Object.assign(FakeClock.prototype, { settle: quiet })
closeAfterFile()
