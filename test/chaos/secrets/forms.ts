/** How a secret may look where it must not be: as it is, in JSON, in a URL, in hex, and within something in base64. */
export function formsOf(secret: string): readonly Buffer[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const texts = new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURI(secret),
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => {
      const inner = withinBase64(bytes, offset)
      return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
    }),
  ])
  return [...texts].map((text) => Buffer.from(text))
}

/** What base64 makes of it after `offset` other bytes: the characters that depend on it alone. */
function withinBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const end = Math.floor(((offset + bytes.length) * 8) / 6)
  return text.slice(Math.ceil((offset * 8) / 6), end)
}
