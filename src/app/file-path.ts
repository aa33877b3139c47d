import * as z from 'zod'

const maxLength = 4096

/**
 * For the config of an app: the path of a file or a folder. A relative one is meant from the folder of the config,
 * and `open` gets it absolute. (It is the `format: 'path'` of its JSON Schema that says so, also in a schema of
 * another library.) It is 1 to 4,096 characters long, no URL, and has no NUL. Messages do not repeat
 * it: a URL may hold a password.
 */
export function filePath(): z.ZodString {
  return z
    .string()
    .min(1, 'a path is wanted, and this is empty')
    .max(maxLength, `a path is at most ${maxLength} characters long`)
    .refine((path) => !path.includes('\0'), 'a path cannot have a NUL')
    .refine((path) => !path.includes('://'), 'a path is wanted, and this is a URL')
    .meta({ format: 'path' })
}
