import { setTimeout as sleep } from 'node:timers/promises'

const lookEveryMs = 20
const patienceMs = 1000

/**
 * Ends this process with `code`, once what it has asked of the file system is answered; after a second without an
 * answer, from a disk that is gone or a FIFO, it kills itself, since `process.exit` would wait for the answer for ever.
 */
export async function endProcess(code: number): Promise<never> {
  for (let waitedMs = 0; isWaiting() && waitedMs < patienceMs; waitedMs += lookEveryMs)
    await sleep(lookEveryMs)
  if (isWaiting()) process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}

function isWaiting(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'))
}
