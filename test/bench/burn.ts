// What PROCESSES bare processes burn together that do nothing else: TIMES bursts of BURN_MS of CPU, shared among them.
// usage: burn.ts PROCESSES TIMES
import { fork } from 'node:child_process'

const [processes = '1', times = '1000', role] = process.argv.slice(2)
const burnMs = Number(process.env['BURN_MS'] ?? 2)

if (role === 'child') {
  process.once('message', () => {
    for (let n = 0; n < Number(times); n++) {
      const until = performance.now() + burnMs
      while (performance.now() < until);
    }
    process.send!('done', () => process.exit(0))
  })
  process.send!('ready')
} else {
  const share = Math.round(Number(times) / Number(processes))
  const children = [...Array(Number(processes))].map(() =>
    fork(import.meta.filename, ['1', String(share), 'child']),
  )
  const heard = () =>
    Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))))
  await heard()
  const startedAt = performance.now()
  const done = heard()
  for (const child of children) child.send('go')
  await done
  const seconds = (performance.now() - startedAt) / 1000
  process.stdout.write(
    `${JSON.stringify({ processes, burstsPerSecond: Math.round((share * children.length) / seconds) })}\n`,
  )
}
