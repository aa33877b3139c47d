import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import * as z from 'zod'
import { Amount } from './cents.ts'

/** What an article may cost at most, in cents; undefined for an article that is not on the list. */
export type PriceList = (article: string) => number | undefined

const Prices = z.record(z.string(), Amount)

/** Reads a price list, `article: price` in YAML. Throws a sentence that names the file. */
export async function readPrices(path: string): Promise<PriceList> {
  const text = await readFile(path, 'utf8')
  try {
    const prices = new Map(Object.entries(Prices.parse(parse(text, { schema: 'failsafe' }))))
    return (article) => prices.get(article)
  } catch (cause) {
    throw new Error(`${path} is no price list, such as "paper-a4: 4.50" in each line.`, { cause })
  }
}
