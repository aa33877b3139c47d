// The second of the two threads of decrypt-threads.ts: takes the plaintext from the ring, proves its integrity, hashes
// the content of its literal packet and writes that to the file, and says { kind: 'written', bytes } as it goes.
import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { makeProver } from './prove-content.mjs'
import { emptyRing } from './ring.mjs'
import { saying } from './saying.mjs'

const { ring, waiting, target, maxBytes, content } = workerData
const prover = makeProver({ content, maxBytes, write })

saying(() => {
  emptyRing(ring, (plain) => {
    prover.take(plain)
    parentPort.postMessage({ kind: 'written', bytes: prover.bytes() })
  })
  return prover.end()
})

function write(part) {
  waiting[1] = 1
  for (let at = 0; at < part.length; ) at += writeSync(target, part, at)
  waiting[1] = 0
}
