/** `true` if `A` and `B` are the same type, to the letter. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Does not compile unless `T` is true. */
export const sure = <T extends true>(): T => true as T
