import { builtFile } from '../built.ts'

/** The processes of these tests as plain JavaScript. */
export const compiled = {
  worker: builtFile('test/chaos/worker-process.ts'),
  snapshots: builtFile('test/chaos/snapshot-process.ts'),
  push: builtFile('test/chaos/system/push-process.ts'),
  patient: builtFile('test/chaos/patient-app.ts'),
  poison: builtFile('test/chaos/poison-app.ts'),
  slowDisk: builtFile('test/chaos/system/slow-disk-process.ts'),
  notes: builtFile('test/chaos/system/notes-app.ts'),
  cli: builtFile('src/cli/main.ts'),
}
