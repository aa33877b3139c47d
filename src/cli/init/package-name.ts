const maxLength = 214
const reserved = ['node_modules', 'favicon.ico']

/**
 * A name that npm accepts for the package in the folder `name`: in small letters, digits, `-`, `.` and `_`, and without
 * what else is in it; `app` if nothing remains.
 */
export function packageName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .slice(0, maxLength)
    .replace(/^[-._]+|[-._]+$/g, '')
  return plain === '' || reserved.includes(plain) ? 'app' : plain
}
