// A password that was not percent-encoded is just what makes a driver refuse a URL, and print it. So a possible password is
// found by its position, between `scheme://` and an `@` on the same line, and not by its characters. Each character is
// looked at a few times at most: an error may quote megabytes.

/** How many characters after the cut are searched too: a password may begin before the cut. */
const aroundLength = 2000

/** `text` without what stands before the `@` of a URL: a reader of an address does not need its password. */
export function hidePasswords(text: string): string {
  if (!text.includes('://')) return text
  return text
    .split('\n')
    .map((line) => hideInLine(line))
    .join('\n')
}

/** The first `length` characters of `text`, without passwords of URLs; what is cut ends with `...`. */
export function shorten(text: string, length: number): string {
  const near = text.slice(0, length + aroundLength)
  const isCut = near.length < text.length
  const lines = near.split('\n')
  const shown = lines.map((line, i) => hideInLine(line, isCut && i === lines.length - 1)).join('\n')
  return shown.length > length || isCut ? `${shown.slice(0, length)}...` : shown
}

/** `line` without passwords; where it `goesOn` out of sight, also without what may be the beginning of one. */
function hideInLine(line: string, goesOn = false): string {
  let shown = ''
  let from = 0
  let sign = line.indexOf('@')
  for (let at = line.indexOf('://'); at >= 0; at = line.indexOf('://', from)) {
    const start = at + 3
    if (sign >= 0 && sign < start) sign = line.indexOf('@', start)
    const end = sign < 0 ? -1 : endOfUser(line, start, sign)
    shown += line.slice(from, start)
    if (end >= 0) shown += '...'
    else if (goesOn && mayGoOn(line, start)) return `${shown}...`
    from = end >= 0 ? end : start
  }
  return shown + line.slice(from)
}

/** Where the `@` is that ends the user and the password which begin at `start`; -1 if there are none. `sign` is the next `@`. */
function endOfUser(line: string, start: number, sign: number): number {
  if (hasPassword(line, start)) {
    // It may be made of anything, an `@` too: up to the last one before the next URL.
    const next = line.indexOf('://', sign)
    return line.lastIndexOf('@', next < 0 ? line.length : next)
  }
  const plain = start + runOf(plainCharacters, line, start)
  return sign < plain ? line.lastIndexOf('@', plain - 1) : -1
}

const plainCharacters = /[^\s/"'<>]*/y
const userCharacters = /[^\s/"'<>:@?#]*/y
const port = /:\d{1,5}(?![^/?#\s"'<>),;\]])/y

/** Whether `user:` begins at `start`, rather than the name of a host and its port. */
function hasPassword(line: string, start: number): boolean {
  const colon = start + runOf(userCharacters, line, start)
  if (line[colon] !== ':') return false
  const user = line.slice(start, colon)
  const isHost = user === 'localhost' || user.includes('.') || user.startsWith('[')
  port.lastIndex = colon
  return !(isHost && (user.startsWith('[') || port.test(line)))
}

function mayGoOn(line: string, start: number): boolean {
  return hasPassword(line, start) || start + runOf(plainCharacters, line, start) === line.length
}

/** How many characters of `kind` there are in `line` from `start` on. */
function runOf(kind: RegExp, line: string, start: number): number {
  kind.lastIndex = start
  return kind.exec(line)?.[0].length ?? 0
}
