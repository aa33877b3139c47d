import * as z from 'zod'
import { Cents } from './cents.ts'

/** The number of an invoice, which is its token's id: a plain name, never a path. */
export const InvoiceNumber = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,79}$/, 'expected a number such as 2026-0017')

/** A line of an invoice. */
export const Line = z.object({
  article: z.string().min(1).max(100),
  quantity: z.number().int().min(1).max(1_000_000),
  priceCents: Cents,
})
export type Line = z.infer<typeof Line>

/** What an invoice says. */
export const Invoice = z.object({
  supplier: z.string().min(1).max(100),
  lines: z.array(Line).min(1).max(1000),
  totalCents: Cents,
})
export type Invoice = z.infer<typeof Invoice>
