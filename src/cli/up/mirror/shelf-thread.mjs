// The thread that shelf-thread.ts starts. Plain JavaScript, so that it runs from the sources, under any loader and none, and from
// the built package. A file system that hangs holds up this thread and nothing else. It receives { number, kind, asked }:
//   put      files to write or remove, see `Placed`; answered with the places in the list of those that others stand in the way of
//   sweep    removes what was not put since the start
//   write    { name, text }: another file of the mirror
//   look     what was dropped, see `Found`
//   settle   what has become of files that were dropped
// and answers each with { number, answer } or { number, fault }.
import { parentPort, workerData } from 'node:worker_threads'
import { Drops } from './drops.mjs'
import { Shelf } from './shelf.mjs'

let shelf
let drops

const kinds = {
  open() {
    shelf = new Shelf(workerData)
    drops = new Drops(shelf)
  },
  put: (all) => all.flatMap((each, place) => (shelf.put(each) ? [] : [place])),
  sweep: () => shelf.sweep(),
  write: ({ name, text }) => shelf.write(name, text),
  look: () => drops.look(performance.now()),
  settle(all) {
    for (const each of all) drops.settle(each)
  },
}

parentPort.on('message', ({ number, kind, asked }) => {
  try {
    parentPort.postMessage({ number, answer: kinds[kind](asked) })
  } catch (error) {
    parentPort.postMessage({ number, fault: String(error?.message ?? error) })
  }
})
