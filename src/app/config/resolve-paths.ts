import { resolve } from 'node:path'
import { resolveDatabase } from '../database/database-url.ts'
import { mapDescribed } from './map-described.ts'

/**
 * `value` with the strings absolute that `schema`, a JSON Schema, calls paths, and the paths of databases; relative ones are meant from
 * `folder`.
 */
export function resolvePaths<T>(schema: unknown, value: T, folder: string): T {
  return mapDescribed(schema, value, (each, { schemas }) => {
    const isPath = schemas.some(({ format }) => format === 'path')
    if (typeof each === 'string' && !isPath && schemas.some(({ format }) => format === 'database'))
      return resolveDatabase(each, folder)
    // A path is no URL: a URL here is something else that the schema allows.
    return isPath && typeof each === 'string' && !each.includes('://') ? resolve(folder, each) : each
  })
}
