/** Paths that climb, that are no text, that are too long, or that name what is no route. `base` is one that is. */
export function oddPaths(base: string): readonly string[] {
  return [
    '%2f..',
    '..%2f..%2fetc%2fpasswd',
    '..',
    '.',
    '%2e%2e',
    '%2e%2e/%2e%2e',
    '..\\..\\x',
    '%5c..%5c',
    '%00',
    'a%00b',
    '%0d%0aset-cookie:%20a=b',
    '%',
    '%zz',
    '%ff',
    '%c0%ae%c0%ae',
    '%ED%A0%80',
    '%u002e',
    '%F0%9F%98%80',
    '%E2%80%AE',
    '__proto__',
    'constructor',
    '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
    '%24%7B7*7%7D',
    "'%20or%201=1--",
    'x'.repeat(300),
    'x'.repeat(5000),
    '%41'.repeat(4000),
    'a/'.repeat(2000),
    ';x=1',
    '?__proto__=1&%zz=%',
    '?a'.repeat(3000),
    '#x',
    '//x',
  ].map((odd) => `${base}/${odd}`)
}

/** Request targets that are no paths. */
export const oddTargets = [
  '*',
  '/',
  '//',
  '?',
  '?x',
  '/..',
  '/../../etc/passwd',
  'http://localhost/',
  'é',
  '\\',
  '',
  'x:1',
]

/** Headers and bodies for a POST that are wrong, each with what it must be answered with; `undefined` is any 4xx. */
export function oddPosts(): Readonly<
  Record<string, readonly [headers: string, body: string, status?: number]>
> {
  const json = 'content-type: application/json\r\n'
  const two = 'content-length: 2\r\n'
  const chunked = `${json}transfer-encoding: chunked\r\n`
  return {
    'no content type': [two, '{}', 415],
    'an empty content type': [`content-type: \r\n${two}`, '{}', 415],
    'text/plain': [`content-type: text/plain\r\n${two}`, '{}', 415],
    'text/plain that pretends': [`content-type: text/plain; application/json\r\n${two}`, '{}', 415],
    'a form': [`content-type: application/x-www-form-urlencoded\r\n${two}`, '{}', 415],
    'a file': [`content-type: multipart/form-data; boundary=x\r\n${two}`, '{}', 415],
    'almost json': [`content-type: application/jsonx\r\n${two}`, '{}', 415],
    'a content type that is none': [`content-type: ;;;\r\n${two}`, '{}', 415],
    'a content type of the prototype': [`content-type: __proto__\r\n${two}`, '{}', 415],
    'two content types, the first text': [`content-type: text/plain\r\n${json}${two}`, '{}', 415],
    'no body': [json, ''],
    'a body that is no json': [`${json}${two}`, '{"'],
    'a byte that is no UTF-8': [`${json}content-length: 1\r\n`, '\u0080'],
    'a chunk length that is none': [chunked, 'zz\r\n{}\r\n0\r\n\r\n', 400],
    'a negative chunk': [chunked, '-1\r\n{}\r\n0\r\n\r\n', 400],
    'a chunk as long as the world': [chunked, 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n', 400],
    'an endless extension of a chunk': [chunked, `2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`],
    'an unknown coding': [`${json}transfer-encoding: gzip\r\n`, '{}', 400],
    'a length and chunks': [`${chunked}${two}`, '0\r\n\r\n', 400],
    'a negative length': [`${json}content-length: -2\r\n`, '{}', 400],
    'a hexadecimal length': [`${json}content-length: 0x2\r\n`, '{}', 400],
    'two lengths': [`${json}${two}content-length: 3\r\n`, '{}', 400],
    'a length past all numbers': [`${json}content-length: 99999999999999999999\r\n`, '{}', 400],
    'a length past all limits': [`${json}content-length: 999999999999\r\n`, '{}', 413],
    'an impossible expectation': [`${json}expect: magic\r\n${two}`, '{}', 417],
    'headers too long': [`${json}x-long: ${'x'.repeat(100_000)}\r\n${two}`, '{}', 431],
    'too many headers': [
      `${json}${Array.from({ length: 5000 }, (_, n) => `x-${n}: 1\r\n`).join('')}${two}`,
      '{}',
      431,
    ],
    'a folded header': [`${json}x: a\r\n b\r\n${two}`, '{}', 400],
    'a header with a NUL': [`${json}x: a\u0000b\r\n${two}`, '{}', 400],
    'a header without a name': [`${json}: x\r\n${two}`, '{}', 400],
    'a body nested past all stacks': [
      `${json}content-length: 200000\r\n`,
      '['.repeat(100_000) + ']'.repeat(100_000),
      400,
    ],
  }
}
