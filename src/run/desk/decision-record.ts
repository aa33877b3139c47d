import { hidePasswords, shorten } from '../../queue/hide-passwords.ts'
import type { Json } from '../../schema/json.ts'

const maxTextLength = 1000
const maxRecordLength = 10_000
const cutKey = '...'

/**
 * What the history keeps of a decision: its fields as plain JSON, 10,000 characters at most. Texts over 1,000
 * characters are cut, of any other value that long only the length is kept, and passwords of URLs are left out.
 * Undefined if the decision has no fields.
 */
export function recordOf({ decision: _, ...fields }: { readonly decision: string }): Json {
  const record: [string, Json][] = []
  let left = maxRecordLength
  for (const [name, value] of Object.entries(fields)) {
    const kept = plain(value)
    if (kept === undefined) continue
    left -= JSON.stringify([name, kept]).length
    if (left < 0) {
      record.push([cutKey, 'and more that is too long to be kept'])
      break
    }
    record.push([name, kept])
  }
  return record.length === 0 ? undefined : Object.fromEntries(record)
}

/** `value` as JSON, or the length of its text if that is too long. */
function plain(value: unknown): Json {
  if (typeof value === 'string') return shorten(value, maxTextLength)
  try {
    const text = JSON.stringify(value, (_, part) => {
      if (typeof part === 'string') return hidePasswords(part)
      return typeof part === 'bigint' ? String(part) : part
    })
    if (text === undefined) return undefined
    return text.length <= maxTextLength ? JSON.parse(text) : `(${text.length} characters of JSON)`
  } catch {
    return '(not JSON)'
  }
}

/** Whether some of the fields that a decision was made with are not in its `record`, or not whole. */
export function isCutRecord(record: Json): boolean {
  return Object.entries((record ?? {}) as object).some(([name, value]) => name === cutKey || isCut(value))
}

// A password that was left out of a URL leaves dots too.
function isCut(value: unknown): boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /\.\.\.|^\(\d+ characters of JSON\)$|^\(not JSON\)$/.test(text)
}
