import { phrasesOf } from '../../../queue/text.ts'

/** What FTS5 is asked for a filter's text. It is made of words alone, in quotes: nothing that a person writes is syntax. */
export function matchOf(text: string): string {
  return phrasesOf(text)
    .map(({ words, isBegin }) => `"${words.join(' ')}"${isBegin ? ' *' : ''}`)
    .join(' AND ')
}
