import { Composer, CST, type Document, Lexer, type LineCounter, Parser, type YAMLError } from 'yaml'
import { sentence } from '../../queue/sentence.ts'
import { refuseConfig } from './config-error.ts'
import { checkAliases, maxAliases, tooManyAliases } from './yaml-aliases.ts'

const maxDepth = 100
const maxLexemes = 50_000

type Refuse = (offset: number, what: string) => never
type Token = Parameters<Composer['next']>[0]

/**
 * The one document in `text`, whose lines are counted into `lines`. Throws a `ConfigError` that names `path`, the
 * line, and never what is there: it may be secret.
 */
export function readYaml(path: string, text: string, lines: LineCounter): Document.Parsed {
  const say = (offset: number, what: string) => `${path}:${lines.linePos(offset).line}: ${what}`
  const refuse = (offset: number, what: string): never => {
    throw refuseConfig([say(offset, what)])
  }
  const tokens = parse(text, lines, refuse)
  // Pretty errors would show a part of the file.
  const composer = new Composer({ prettyErrors: false, strict: true, uniqueKeys: true })
  const [doc, second] = [...composer.compose(tokens, true, text.length)] as Document.Parsed[]
  if (second) refuse(second.range[0], 'A second YAML document begins here; a config is one.')
  // A warning is a fault too (a tag that nothing knows), but for a name that only people could misread.
  const warnings = doc!.warnings.filter(({ code }) => code !== 'BAD_ALIAS')
  const faults = [...doc!.errors, ...warnings]
  if (faults.length > 0) throw refuseConfig(faults.map((fault) => say(fault.pos[0], sayFault(fault))))
  checkAliases(doc!, refuse)
  return doc!
}

/** The tokens of `text`. Refuses a depth that would overflow the stack of a reader, and too many aliases. */
function parse(text: string, lines: LineCounter, refuse: Refuse): readonly Token[] {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const tokens: Token[] = []
  let lexemes = 0
  let aliases = 0
  let before = ''
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > maxLexemes) refuse(parser.offset, 'This file is too long for a config.')
    // The token after the sign of a scalar may begin with a star and is no alias.
    if (before !== CST.SCALAR && CST.tokenType(lexeme) === 'alias' && ++aliases > maxAliases) {
      refuse(parser.offset, tooManyAliases)
    }
    before = lexeme
    tokens.push(...parser.next(lexeme))
    if (parser.stack.length > maxDepth) {
      refuse(parser.offset, `This is nested more than ${maxDepth} levels deep.`)
    }
  }
  return [...tokens, ...parser.end()]
}

// After a colon, and as the name of a tag or a directive, these messages repeat text of the file, which may be secret.
function sayFault({ message }: YAMLError): string {
  const fault = message
    .replace(/: (?!in |indicator ).*$/s, '')
    .replace(/^Tag .* not found$/s, 'A tag was not found')
    .replace(/^The .* tag has no suffix$/s, 'A tag has no suffix')
    .replace(/^Verbatim tags .*$/s, 'A verbatim tag is not known')
    .replace(/^Unknown directive .*$/s, 'Unknown directive')
  return `This is not valid YAML: ${sentence(fault)}`
}
