/** Something in a value that would not come back from JSON as it was, and where. */
export interface Unsound {
  readonly value: unknown
  readonly path: readonly (string | number)[]
}

/** Whether `value`, which is no object, comes back from JSON as it was. An undefined field counts as absent. */
export function isSound(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'bigint' && typeof value !== 'function' && typeof value !== 'symbol'
}

/** Whether `value` is made of nothing but its fields, or its items, at the first look. */
export function isPlainlyMade(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The first thing in `value` that JSON would change. */
export function findUnsound(value: unknown): Unsound | undefined {
  if (typeof value !== 'object' || value === null) return isSound(value) ? undefined : { value, path: [] }
  if (isChanged(value)) return { value, path: [] }
  if (Array.isArray(value)) return findInArray(value)
  for (const key in value) {
    const found = findUnsound((value as Record<string, unknown>)[key])
    if (found) return under(key, found)
  }
  return undefined
}

// By its index: `for ... in` leaves holes out, of which JSON makes nulls.
function findInArray(items: readonly unknown[]): Unsound | undefined {
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    const found = item === undefined ? { value: item, path: [] } : findUnsound(item)
    if (found) return under(i, found)
  }
  return undefined
}

// The path is made on the way out: hardly ever is something found.
function under(key: string | number, { value, path }: Unsound): Unsound {
  return { value, path: [key, ...path] }
}

// Dates become texts, maps and sets lose all that they hold. An object of a class keeps its fields.
function isChanged(value: object): boolean {
  if ('toJSON' in value && typeof value.toJSON === 'function') return true
  return !isPlainlyMade(value) && Object.prototype.toString.call(value) !== '[object Object]'
}

/** What was found, and where, in words: `undefined at "list.1"`. */
export function sayUnsound({ value, path }: Unsound): string {
  const said =
    typeof value === 'object'
      ? `a value of ${Object.prototype.toString.call(value).slice(8, -1)}`
      : sayPlain(value)
  return path.length === 0 ? said : `${said} at "${path.join('.').slice(0, 200)}"`
}

function sayPlain(value: unknown): string {
  return typeof value === 'function' ? 'a function' : String(value).slice(0, 100)
}
