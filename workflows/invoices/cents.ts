import * as z from 'zod'

/** An amount of money in cents, so that sums are exact. */
export const Cents = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Cents as people write them: 4550 is `45.50`. */
export function sayCents(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
}

/** An amount as people write it, `45` or `45.50`, in cents; of a text only, since a number has been rounded before. */
export const Amount = z
  .string()
  .regex(/^\d{1,9}(?:\.\d\d)?$/, 'expected an amount such as 45.50')
  .transform((text) => Math.round(Number(text) * 100))
