import type { Json } from './json.ts'

/**
 * What of `T` survives JSON: all of it, if `T` is assignable to this. It looks at each field, since an interface is not
 * assignable to `Json`, even if all its fields are. `unknown` and `any` do not survive, nor do functions and objects with
 * fields that are not public, such as those of most classes.
 */
export type Storable<T> = unknown extends T ? never : T extends Plain ? T : Rebuilt<T>

type Plain = string | number | boolean | null | undefined

type Rebuilt<T> = T extends readonly unknown[]
  ? readonly Item<T[number]>[]
  : T extends object
    ? [keyof T] extends [never]
      ? Empty<T>
      : Public<T> extends T
        ? { readonly [K in keyof T]: K extends symbol ? unknown : Storable<T[K]> }
        : never
    : never

// Of undefined in an array JSON makes a null.
type Item<T> = [T] extends [Exclude<T, undefined>] ? Storable<T> : never

// Functions have no fields, and every object fits `object`.
type Empty<T> = T extends { readonly [key: string]: Json } ? T : never

// A class that has fields of its own is assignable to its public side, and not the other way round.
type Public<T> = { [K in keyof T]: T[K] }
