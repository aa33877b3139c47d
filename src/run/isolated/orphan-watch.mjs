// A thread beside a busy task: the event loop there may never turn again, so its own `disconnect` would never come.
import { workerData } from 'node:worker_threads'

const lookEveryMs = 500

setInterval(() => {
  if (process.ppid === workerData.parent && isAlive(workerData.parent)) return
  process.kill(process.pid, 'SIGKILL')
}, lookEveryMs)

// Windows keeps the number of a parent that is gone.
function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
