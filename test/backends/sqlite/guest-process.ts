// A second process of the tests: places orders, some of which it takes back, or stops in the midst of one.
import { writeSync } from 'node:fs'
import { openOrders } from './guest-shop.ts'

const [path, what, ...ids] = process.argv.slice(2) as [string, string, ...string[]]
const { place, close } = await openOrders(path)

for (const [n, id] of ids.entries()) {
  try {
    place(id, () => {
      if (what === 'stop') {
        writeSync(1, 'within\n')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      }
      if (what === 'some' && n % 3 === 0) throw new Error('Taken back.')
    })
  } catch (error) {
    if ((error as Error).message !== 'Taken back.') throw error
  }
  await new Promise((resolve) => setTimeout(resolve, what === 'slowly' ? 60 : 0))
}
await close()
