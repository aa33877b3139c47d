/*
 * Lists of md5s are read as `md5sum -c` of GNU coreutils reads them (`split_3` in src/digest.c): what people make is
 * made by it, by its like on other systems, or edited on Windows. Beyond that, a byte order mark is passed over, and
 * `./` before a name.
 */

import { bareName } from '../bare-name.ts'

/** A name and the md5 that it should have, in lower case. */
export interface Checksum {
  readonly md5: string
  readonly name: string
}

/** A line: `undefined` when it says nothing, `null` when it says nothing that can be understood. */
export function readChecksumLine(line: string): Checksum | undefined | null {
  const text = line.replace(/\r$/, '')
  if (text.startsWith('#') || text.trim() === '') return undefined
  const escaped = /^[ \t]*\\/.test(text)
  const plain = escaped ? text.slice(text.indexOf('\\') + 1) : text.replace(/^[ \t]+/, '')
  const read = ofBsd(plain) ?? ofGnu(plain)
  if (!read) return null
  const name = escaped ? unescapeName(read.name) : read.name
  return name === undefined ? null : { md5: read.md5.toLowerCase(), name: bareName(name) }
}

/** `md5  name`, `md5 *name` (read as binary), or with one blank as `md5 -r` of BSD writes it. */
function ofGnu(line: string): Checksum | undefined {
  const [, md5, name] = /^([0-9a-f]{32})[ \t][ *]?(.+)$/is.exec(line) ?? []
  return md5 && name ? { md5, name } : undefined
}

/** `MD5 (name) = md5`, as `md5` of BSD, `md5sum --tag` and openssl write it. */
function ofBsd(line: string): Checksum | undefined {
  const [, name, md5] = /^MD5 ?\((.+)\)[ \t]*=[ \t]*([0-9a-fA-F]{32})$/s.exec(line) ?? []
  return md5 && name ? { md5, name } : undefined
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' }

/** A name in a line that began with a backslash; undefined if there is another escape in it. */
function unescapeName(name: string): string | undefined {
  let isKnown = true
  const read = name.replace(/\\(.?)/gs, (_, letter: string) => {
    const meant = escapes[letter]
    isKnown &&= meant !== undefined
    return meant ?? ''
  })
  return isKnown ? read : undefined
}
