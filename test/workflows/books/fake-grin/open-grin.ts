import { onTestFinished } from 'vitest'
import type { FakeGrinOptions } from '../../../../workflows/books/fake-grin/fake-grin-options.ts'
import { type FakeGrin, serveFakeGrin } from '../../../../workflows/books/fake-grin/serve-fake-grin.ts'

/** A fake GRIN that lives as long as the test, with a clock moved by hand, and how to ask it. */
export async function openGrin(options: FakeGrinOptions = {}) {
  const grin = await serveFakeGrin({ clock: 'manual', ...options })
  onTestFinished(grin.close)
  return asking(grin)
}

/** A fake GRIN, and how to ask it. */
export function asking(grin: FakeGrin) {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${grin.url}/libraries/${grin.directory}/${path}`, { redirect: 'manual', ...init })
  const rows = async (path: string) => linesOf(await (await ask(path)).text()).map((line) => line.split('\t'))
  return {
    ...grin,
    ask,
    /** The rows of a list as text, with all columns. */
    list: (name: string) => rows(`${name}?format=text&mode=all`),
    /** The first column of a list. */
    names: async (name: string) => (await rows(`${name}?format=text`)).map(([first]) => first),
    /** What the request for a conversion was answered with, by barcode. */
    process: async (barcode: string) =>
      Object.fromEntries((await rows(`_process?barcodes=${barcode}`)).slice(1)) as Record<string, string>,
    head: (barcode: string) => ask(`${barcode}.tar.gz.gpg`, { method: 'HEAD' }),
    get: (barcode: string, headers: Record<string, string> = {}) => ask(`${barcode}.tar.gz.gpg`, { headers }),
  }
}

export type OpenGrin = ReturnType<typeof asking>

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}
