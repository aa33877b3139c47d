import fc from 'fast-check'

const nested = (depth: number) => `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`

/** Texts of single values in JSON at which parsers, validators and databases have stumbled. */
const odd: readonly string[] = [
  '1e308',
  '-1e308',
  '1e400',
  '9007199254740993',
  '123456789012345678901234567890',
  '-0',
  '5e-324',
  '0.1',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"a\\u0000b"',
  '"\\u202e"',
  '"__proto__"',
  '"constructor"',
  '"../x"',
  '"%2f.."',
  `"'; drop table tokens; --"`,
  '"\\ufeff"',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":2,"toJSON":3,"hasOwnProperty":4,"length":-1,"then":5}',
  '{"tag":"Scan","page":{"__proto__":null}}',
  '{"\\ud800":"\\udfff"}',
  '{"a":1,"a":2}',
  'null',
  'true',
  '[]',
  '{}',
  '""',
  nested(60),
  nested(20_000),
  `[${'0,'.repeat(20_000)}0]`,
  `"${'x'.repeat(5000)}"`,
  `{${Array.from({ length: 2000 }, (_, n) => `"k${n}":${n}`).join()}}`,
]

/** A value in JSON, as text, so that it can be what `JSON.stringify` never writes. */
export const oddJson: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...odd), fc.json({ maxDepth: 4 }))

/** Texts that are no JSON. */
export const noJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', '{', '{"a":}', "{'a':1}", 'NaN', '\u0000', '[1,]', '{"a":1}}', '// {}', '"\u0001"'),
  fc.string({ unit: 'binary' }),
)
