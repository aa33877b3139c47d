/*
 * Texts that are searched by their words. Every backend folds and splits a text by `wordsOf`, and a database is given the words: so
 * what a word is depends on no database and no version of Unicode that one has. Letters are folded to lower case, without the
 * accents of Latin, Greek and Cyrillic, and to their plain forms (`ﬁ` is `fi`); letters, digits and the marks on them make words.
 * Where words have no spaces between them, as in Chinese, a run of letters is one word.
 */

/** Of a message up to so many characters are searched. */
export const longestText = 10_000
/** So many phrases at most are looked for at once. */
export const mostPhrases = 50

const accents = /[\u0300-\u036f]/g
const words = /[\p{L}\p{N}\p{M}\p{Co}]{1,100}/gu

/** Words that stand one after the other; of the last one the beginning is enough, if `isBegin`. */
export interface Phrase {
  readonly words: readonly string[]
  readonly isBegin: boolean
}

/** A part of a text to be looked for, as it was written. */
export interface TextTerm {
  readonly text: string
  readonly isBegin: boolean
}

/** The words of a text, folded; one of more than 100 characters counts as several. */
export function wordsOf(text: string): readonly string[] {
  const folded = text.normalize('NFKD').toLowerCase().replaceAll('ς', 'σ').replace(accents, '')
  return folded.match(words) ?? []
}

/** The parts of a text to be looked for: words, and phrases in quotes; a star behind one says that it only begins so. */
export function textTermsOf(text: string): readonly TextTerm[] {
  const found = text.matchAll(/"([^"]*)"?(\*?)|([^\s"]+?)(\*?)(?=[\s"]|$)/gu)
  return [...found].map(([, phrase, starAfter, word, star]) => ({
    text: phrase ?? word!,
    isBegin: (phrase === undefined ? star : starAfter) === '*',
  }))
}

/** A part of a text to be looked for, as `textTermsOf` reads it. */
export function sayTextTerm({ text, isBegin }: TextTerm): string {
  const said = /^[^\s"*]+$/u.test(text) ? text : `"${text.replaceAll('"', ' ')}"`
  return isBegin ? `${said}*` : said
}

/** The phrases all of which have to be in what is found; none if the text has no words. */
export function phrasesOf(text: string): readonly Phrase[] {
  return textTermsOf(text)
    .map((term) => ({ words: wordsOf(term.text), isBegin: term.isBegin }))
    .filter((phrase) => phrase.words.length > 0)
}

/** Whether each of the phrases is somewhere among `found`. */
export function hasPhrases(found: readonly string[], phrases: readonly Phrase[]): boolean {
  return phrases.every((phrase) => found.some((_, at) => isAt(found, at, phrase)))
}

function isAt(found: readonly string[], at: number, { words, isBegin }: Phrase): boolean {
  const last = words.length - 1
  return words.every((word, n) => {
    const there = found[at + n]
    return there === word || (isBegin && n === last && there?.startsWith(word) === true)
  })
}
