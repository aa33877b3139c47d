import { type OutOf, oneOf, state } from 'pipewright'
import * as z from 'zod'

// What workflows whose stages are written inside them are made of, and what those stages should return.

const text = z.object({ text: z.string() })
export const Raw = state('Raw', text)
export const Broken = state('Broken', text)
export const Done = state('Done', text)

export type Returned<W> = W extends { readonly stages: infer S } ? { [K in keyof S]: OutOf<S[K]> } : never
export type DoneValue = { readonly tag: 'Done'; readonly text: string }
export type BrokenValue = { readonly tag: 'Broken'; readonly text: string }

export const ends = { input: Raw, output: Done }
export const openEnds = { input: Raw, output: oneOf(Done, Broken) }
