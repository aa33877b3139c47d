/** One step of a path into a value: a key, or a place in a list. */
export type Step = string | number

const stepPattern = /(?:^|(?<!^)\.)([^.[\]"\\\p{Cc}\p{Cs}]{1,200})|\[(\d{1,9})\]/uy
const maxSteps = 20

/** The steps of a path such as `pages[0].name`; undefined if it is none. */
export function stepsOf(path: string): readonly Step[] | undefined {
  const steps: Step[] = []
  stepPattern.lastIndex = 0
  for (let at = 0; at < path.length; at = stepPattern.lastIndex) {
    const [, key, place] = stepPattern.exec(path) ?? []
    if (key === undefined && place === undefined) return undefined
    steps.push(key ?? Number(place))
  }
  return steps.length > 0 && steps.length <= maxSteps ? steps : undefined
}

/** What is in `value` at the end of `steps`; null where nothing is. */
export function findIn(value: unknown, steps: readonly Step[]): unknown {
  let found = value
  for (const step of steps) {
    if (typeof found !== 'object' || found === null) return null
    const isPlace = typeof step === 'number'
    if (Array.isArray(found) !== isPlace || !Object.hasOwn(found, step)) return null
    found = (found as Record<Step, unknown>)[step]
  }
  return found ?? null
}
