import { resolve } from 'node:path'
import * as z from 'zod'
import { placeOf } from './place.ts'

const maxLength = 4096

/**
 * For the config of an app: what `openBackend` takes, a path or a URL. A relative path of a SQLite file is meant from the folder of the
 * config, and `open` gets it absolute. (It is the `format: 'database'` of its JSON Schema that says so; with `z.string()` in its place it
 * is meant from the current folder.) Messages do not repeat it: a URL may hold a password.
 */
export function databaseUrl(): z.ZodString {
  return z
    .string()
    .min(1, 'a database is wanted, and this is empty')
    .max(maxLength, `the name of a database is at most ${maxLength} characters long`)
    .refine((text) => !text.includes('\0'), 'the name of a database cannot have a NUL')
    .superRefine((text, context) => {
      try {
        placeOf(text)
      } catch (error) {
        context.addIssue((error as Error).message)
      }
    })
    .meta({ format: 'database' })
}

/** `text` with the path of a SQLite file absolute, meant from `folder`; other URLs as they are. */
export function resolveDatabase(text: string, folder: string): string {
  const place = placeOf(text)
  return place.kind === 'sqlite' ? resolve(folder, place.path) : text
}
