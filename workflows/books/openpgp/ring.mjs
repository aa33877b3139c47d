// Slots of shared memory that one thread fills and another empties, in turn. Each waits for the other, so memory is
// bounded. A slot is a block of room in front and a window of bytes; one with no bytes is the end.

// decrypt-threads.ts makes the ring: `memory`; `counts`, which are how many slots have been filled, how many emptied,
// and then the bytes in each; and the three sizes.

const words = 2

/** Calls `fill` with slot after slot; it returns how many bytes are in the window, 0 to end. */
export function fillRing({ memory, counts, slots, frontBytes, windowBytes }, fill) {
  const slotBytes = frontBytes + windowBytes
  for (let filled = 0, bytes = -1; bytes !== 0; filled++) {
    waitFor(counts, 1, filled - slots + 1)
    const slot = filled % slots
    bytes = fill(Buffer.from(memory, slot * slotBytes, slotBytes))
    counts[words + slot] = bytes
    advance(counts, 0)
  }
}

/** Calls `empty` with the bytes in window after window, until the end. */
export function emptyRing({ memory, counts, slots, frontBytes, windowBytes }, empty) {
  const slotBytes = frontBytes + windowBytes
  for (let emptied = 0; ; emptied++) {
    waitFor(counts, 0, emptied + 1)
    const slot = emptied % slots
    const bytes = counts[words + slot]
    if (bytes === 0) return
    empty(Buffer.from(memory, slot * slotBytes + frontBytes, bytes))
    advance(counts, 1)
  }
}

function waitFor(counts, index, least) {
  for (let now = Atomics.load(counts, index); now < least; now = Atomics.load(counts, index)) {
    Atomics.wait(counts, index, now)
  }
}

function advance(counts, index) {
  Atomics.add(counts, index, 1)
  Atomics.notify(counts, index)
}
