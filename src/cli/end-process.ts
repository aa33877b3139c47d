import { setTimeout as sleep } from 'node:timers/promises'

const lookEveryMs = 20
const patienceMs = 1000

/**
 * Ends this process with `code`, once its requests to the file system are answered; after a second without an answer, from
 * a disk that is gone or a FIFO, it kills itself, since `process.exit` would wait for the answer for ever.
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
