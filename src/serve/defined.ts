type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** `options` without the keys that have no value. */
export function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
}
