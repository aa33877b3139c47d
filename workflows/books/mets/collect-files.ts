import { attributeOf, type Collector, isElement } from './element.ts'
import { type ListedFile, listedFile } from './listed-file.ts'

/** More than an archive may hold, by far. */
const maxFiles = 100_000

/** Takes the list of files out of a METS; throws an `Error` when it is too long. */
export function collectFiles(): Collector & { readonly files: readonly ListedFile[] } {
  const files: ListedFile[] = []
  let about: Record<string, string | undefined> = {}
  return {
    files,
    open(tag) {
      if (isElement(tag, 'mets', 'file')) {
        const names = ['SIZE', 'CHECKSUM', 'CHECKSUMTYPE']
        about = Object.fromEntries(names.map((name) => [name, attributeOf(tag, name)]))
      }
      if (!isElement(tag, 'mets', 'FLocat')) return
      const file = listedFile(attributeOf(tag, 'href') ?? '', about)
      if (file) files.push(file)
      if (files.length > maxFiles) throw new Error(`it lists more than ${maxFiles} files`)
    },
    close(tag) {
      if (isElement(tag, 'mets', 'file')) about = {}
    },
  }
}
