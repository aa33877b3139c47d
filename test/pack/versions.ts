import { fileOf } from '../readme/pages.ts'

/** The README's workflow, with its review API at `port`; it waits for no lease of half a minute. */
export function firstVersion(port: number): string {
  return change(
    fileOf('flow.ts'),
    { from: /port: \d+/, to: `port: ${port}` },
    { from: /retry: \{ attempts: 2 \}/, to: 'retry: { attempts: 2, minMs: 10 }, leaseMs: 1000' },
  )
}

/** `first` as it may look a week later: a stage has another name, and each state has one more field. */
export function secondVersion(first: string, port: number): string {
  return change(
    first,
    { from: /port: \d+/, to: `port: ${port}` },
    { from: /stages: \{ read, mend \}/, to: 'stages: { parse: read, mend }' },
    { from: /const hostOf = worker\(\{/, to: "const hostOf = worker({ was: ['read'], " },
    { from: /(state\('\w+', z\.object\(\{) /g, to: "$1 from: z.string().default('unknown'), " },
    {
      from: /post: \(_, \{ url \}\) => Link\(\{ url \}\)/,
      to: 'post: ({ from }, { url }) => Link({ from, url })',
    },
    { from: /value: \(url\) => Link\(\{ url \}\)/, to: "value: (url) => Link({ from: 'seed', url })" },
    { from: /post: \(\{ url \}/, to: 'post: ({ from, url }' },
    { from: /as: \(\{ url \}/, to: 'as: ({ from, url }' },
    { from: /(Known|Broken)\(\{ url, /g, to: '$1({ from, url, ' },
  )
}

function change(text: string, ...edits: readonly { readonly from: RegExp; readonly to: string }[]): string {
  return edits.reduce((before, { from, to }) => {
    const after = before.replace(from, to)
    if (after === before) throw new Error(`The README's flow.ts has nothing like ${from} any more.`)
    return after
  }, text)
}
