import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The keys of the double, and where it says that it is. */
export const doubleKeys = { accessKeyId: 'key', secretAccessKey: 'wJalrXUtnFEMI-secret', region: 'eu-1' }

/** Whether a request carries the signature (version 4) that its method, target, headers and hash of the body must have. */
export function isSigned({ method = '', url = '', headers }: IncomingMessage): boolean {
  const { accessKeyId, secretAccessKey, region } = doubleKeys
  const date = String(headers['x-amz-date'])
  const scope = [date.slice(0, 8), region, 's3', 'aws4_request']
  const given = /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  )
  if (given?.[1] !== [accessKeyId, ...scope].join('/')) return false
  const names = given[2]!.split(';')
  const mustBe = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  if (!mustBe.every((name) => names.includes(name))) return false
  const [path = '', query = ''] = url.split('?')
  const request = [
    method,
    path
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    query.split('&').filter(Boolean).map(canonicalPair).sort().join('&'),
    ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    given[2],
    headers['x-amz-content-sha256'],
  ].join('\n')
  const hash = createHash('sha256').update(request).digest('hex')
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), hash].join('\n')
  const key = scope.reduce<string | Buffer>(
    (secret, part) => hmac(secret, part).digest(),
    `AWS4${secretAccessKey}`,
  )
  return hmac(key, toSign).digest('hex') === given[3]
}

function hmac(key: string | Buffer, text: string) {
  return createHmac('sha256', key).update(text)
}

function canonicalPair(pair: string): string {
  const [name = '', value = ''] = pair.split('=')
  return `${encode(decodeURIComponent(name))}=${encode(decodeURIComponent(value))}`
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
