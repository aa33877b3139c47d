import { InvalidError } from '../../queue/errors.ts'
import { hidePasswords } from '../../queue/hide-passwords.ts'

/** A database that a text names. */
export type Place = FilePlace | MemoryPlace | PostgresPlace | HttpPlace

/** A SQLite file. */
interface FilePlace {
  readonly kind: 'sqlite'
  readonly path: string
}

interface MemoryPlace {
  readonly kind: 'memory'
}

/** A schema of a Postgres database. */
export interface PostgresPlace {
  readonly kind: 'postgres'
  /** Without the words that are ours; undefined where the `PG...` variables of the environment say which database. */
  readonly url: string | undefined
  readonly schema?: string | undefined
  readonly connections?: number | undefined
  readonly sessions?: boolean | undefined
}

interface HttpPlace {
  readonly kind: 'http'
  readonly url: string
}

const known = 'sqlite:FILE, postgres://..., http://..., https://... and memory:'
// One letter is a drive of Windows.
const scheme = /^([a-z][a-z0-9+.-]+):(.*)$/is

/**
 * What `text` names: `queues.db` or `sqlite:queues.db`, `postgres://...`, `http(s)://...` or `memory:`. Throws an `InvalidError`
 * for any other URL, without repeating it: it may hold a password.
 */
export function placeOf(text: string): Place {
  const [, name = '', rest = ''] = scheme.exec(text) ?? []
  switch (name.toLowerCase()) {
    case 'sqlite':
      return { kind: 'sqlite', path: fileOf(rest) }
    case 'memory':
      if (rest !== '') throw new InvalidError('Queues in memory have no name: write "memory:".')
      return { kind: 'memory' }
    case 'postgres':
    case 'postgresql':
      return postgresOf(text, rest)
    case 'http':
    case 'https':
      if (rest.startsWith('//')) return { kind: 'http', url: text }
      throw new InvalidError(`After ${name}: come two slashes and a host.`)
    default:
      // Such a thing may be a part of the name of a file; `//` is not.
      if (rest.startsWith('//'))
        throw new InvalidError(`"${name}:" names no database here; known are ${known}.`)
      return { kind: 'sqlite', path: text }
  }
}

/** Where it is, for sentences: without a user and a password. */
export function sayPlace(place: Place): string {
  switch (place.kind) {
    case 'sqlite':
      return place.path
    case 'memory':
      return 'memory:'
    case 'http':
      return hidePasswords(place.url)
    case 'postgres': {
      const { url, schema } = place
      const where = url === undefined ? 'the Postgres of the environment' : hidePasswords(url)
      return schema === undefined ? where : `${where} (schema ${schema})`
    }
  }
}

/** Whether `text` is a URL with a password in it. A path may have all that a URL has, but does not begin as one. */
export function hasPassword(text: string): boolean {
  const [, authority = '', rest = ''] = /^[a-z][a-z0-9+.-]+:\/\/([^/?#]*)(.*)$/is.exec(text) ?? []
  if (/[?&](?:ssl)?password=/i.test(rest)) return true
  const at = authority.lastIndexOf('@')
  if (at >= 0) return authority.slice(0, at).includes(':')
  // One with a slash in it, which was not percent-encoded: else only a port stands there.
  return rest.includes('@') && /:(?!\d*$)/.test(authority.replace(/^\[[^\]]*\]/, ''))
}

function fileOf(rest: string): string {
  if (rest === '') throw new InvalidError('After sqlite: comes a file, such as sqlite:queues.db.')
  if (/^\/\/(?!\/)/.test(rest))
    throw new InvalidError(
      'A SQLite file has no host: write sqlite:FILE, such as sqlite:queues.db or sqlite:/srv/queues.db.',
    )
  return rest.replace(/^\/\/\//, '/')
}

function postgresOf(text: string, rest: string): PostgresPlace {
  if (rest !== '' && !/^(?:\/\/|\?)/.test(rest))
    throw new InvalidError('After postgres: come two slashes: postgres://USER@HOST/DATABASE.')
  const [base = '', query = ''] = [text.replace(/\?.*$/s, ''), /\?(.*)$/s.exec(text)?.[1]]
  const words = query.split('&').filter((word) => word !== '')
  const found = new Map<string, string>()
  const others = words.filter((word) => {
    const [key = '', value = ''] = word.split('=')
    if (/^(?:ssl)?password$/i.test(key))
      throw new InvalidError(
        'A password is no word behind the "?" of a URL: write it before the "@", or give it by PGPASSFILE or PGPASSWORD.',
      )
    if (!['schema', 'connections', 'sessions'].includes(key)) return true
    found.set(key, decoded(value))
    return false
  })
  const isBare = /^[^:]*:(?:\/\/)?$/.test(base) && others.length === 0
  return {
    kind: 'postgres',
    url: isBare ? undefined : [base, ...(others.length > 0 ? [others.join('&')] : [])].join('?'),
    ...(found.has('schema') && { schema: found.get('schema') }),
    ...(found.has('connections') && { connections: numberOf(found.get('connections')!) }),
    ...(found.has('sessions') && { sessions: truthOf(found.get('sessions')!) }),
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function numberOf(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw new InvalidError('"connections" of a URL is a whole number from 2.')
}

function truthOf(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidError('"sessions" of a URL is true or false.')
}
