import { InvalidError } from '../../queue/errors.ts'
import type { Json } from '../../schema/json.ts'
import type { Settings } from './travel.ts'

/**
 * `value` with its parts at these paths replaced, or added where an object lacks the key or a list ends. Throws an `InvalidError`
 * for a path that leads through something that is neither.
 */
export function setPaths(value: Json, settings: Settings, at: { readonly id: string }): Json {
  return Object.entries(settings).reduce<Json>(
    (before, [path, part]) => setAt(before, keysOf(path), { part, path, at }),
    value,
  )
}

interface Setting {
  readonly part: Json
  readonly path: string
  readonly at: { readonly id: string }
}

function setAt(value: Json, [key, ...rest]: readonly string[], setting: Setting): Json {
  if (key === undefined) return setting.part
  if (Array.isArray(value)) {
    const index = /^\d+$/.test(key) ? Number(key) : -1
    if (index < 0 || index > value.length) throw leadsNowhere(setting, key, `a list of ${value.length}`)
    return value.toSpliced(index, 1, setAt(value[index] as Json, rest, setting))
  }
  if (typeof value !== 'object' || value === null) throw leadsNowhere(setting, key, sayKind(value))
  const own = Object.hasOwn(value, key) ? (value as Readonly<Record<string, Json>>)[key] : undefined
  if (own === undefined && rest.length > 0) throw leadsNowhere(setting, key, 'an object without it')
  return { ...value, [key]: setAt(own, rest, setting) }
}

/** A path of keys with dots between them, or a JSON Pointer (RFC 6901). */
function keysOf(path: string): readonly string[] {
  if (path === '') return []
  if (!path.startsWith('/')) return path.split('.')
  return path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function sayKind(value: Json): string {
  return value === null ? 'null' : typeof value === 'undefined' ? 'nothing' : `a ${typeof value}`
}

function leadsNowhere({ path, at }: Setting, key: string, found: string): InvalidError {
  const sentence = `The path "${path}" leads nowhere in the value of token "${at.id}"`
  return new InvalidError(`${sentence}: there is no "${key}" in ${found}.`, at)
}
