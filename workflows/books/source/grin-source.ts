import { archiveNameOf } from '../barcode.ts'
import { Defect } from '../defect.ts'
import type { Begun } from '../grin/archive.ts'
import type { Grin } from '../grin/grin.ts'
import { bytesThere, writeOn } from '../resumed-file.ts'
import type { Fetched, Fetching, Source } from './source.ts'

/** Archives at GRIN. A download that was cut short, or whose process has died, goes on where it ended. */
export function grinSource(grin: Grin): Source {
  return {
    async fetch(barcode, fetching) {
      const { target, offered, signal, pass } = fetching
      const asking = { signal, pass }
      const known = offered ?? (await grin.look(barcode, asking))
      if (!known) return undefined
      // At least the last byte is asked for: the answer to it tells whether this is still the version.
      const there = Math.min(await bytesThere(target, known.etag), known.bytes - 1)
      const had = { etag: known.etag, bytes: there }
      const begun = await grin.begin(barcode, { ...asking, had })
      return begun && save(barcode, begun, fetching)
    },
  }
}

async function save(barcode: string, begun: Begun, { target, progress }: Fetching): Promise<Fetched> {
  const { etag, bytes, from, body, leave } = begun
  const name = archiveNameOf(barcode)
  try {
    const written = await writeOn(target, { version: etag, from }, async (file) => {
      for await (const chunk of body) {
        await file.write(chunk)
        if (file.bytes() > bytes) throw wrongSize(name, { expected: bytes, actual: file.bytes() })
        progress(file.bytes() / bytes)
      }
      if (file.bytes() !== bytes) throw wrongSize(name, { expected: bytes, actual: file.bytes() })
    })
    return { ...written, etag, date: begun.date ?? new Date().toISOString() }
  } finally {
    leave()
  }
}

function wrongSize(name: string, { expected, actual }: { expected: number; actual: number }): Defect {
  const sentence = `GRIN sent ${actual} bytes of ${name}, which has ${expected}.`
  return new Defect('GRINError', sentence, { file: name, field: 'Content-Length', expected, actual })
}
