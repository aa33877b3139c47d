import { z } from 'zod'
import type { Json } from '../schema/json.ts'

// What the bodies of the routes to a backend are made of. What ids and names may be, the backend checks.

/** The id of a token. */
export const id = z.string().max(1_000)
/** The name of a queue, a workflow, an owner and the like; also a cursor. */
export const name = z.string().max(1_000)
/** What people or errors say. */
export const text = z.string().max(100_000)
/** A whole number. */
export const whole = z.int()
/** A whole number from 0. */
export const count = z.int().nonnegative()
/** A time in milliseconds. */
export const ms = z.number().nonnegative()
/** How many entries a page has. */
export const limit = z.int().min(1).max(1_000)
/** Any value that JSON.parse made: never read, never copied, so a key called __proto__ stays as it is. */
export const json = z.custom<Json>()
/** The value of a message: JSON drops the key of an undefined one. */
export const value = json.optional() as z.ZodType<Json>
/** What a fence has. */
export const fence = { queue: name, id, hop: count, lease: count }
/** What the scope of a record has. */
export const scope = { workflow: name, id: id.optional(), hop: count.optional() }
