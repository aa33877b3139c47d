import { resolve } from 'node:path'
import { mapDescribed } from './map-described.ts'

/** `value` with the strings absolute that `schema`, a JSON Schema, calls paths; relative ones are meant from `folder`. */
export function resolvePaths<T>(schema: unknown, value: T, folder: string): T {
  return mapDescribed(schema, value, (each, { schemas }) => {
    const isPath = schemas.some(({ format }) => format === 'path')
    // A path is no URL: a URL here is something else that the schema allows.
    return isPath && typeof each === 'string' && !each.includes('://') ? resolve(folder, each) : each
  })
}
