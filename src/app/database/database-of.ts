import type { Backend } from '../../queue/backend.ts'

const names = new WeakMap<Backend, string>()

/** Remembers where `backend` is: what `sayPlace` says. */
export function registerDatabase(backend: Backend, name: string): void {
  names.set(backend, name)
}

/** The SQLite file of a backend; undefined if its queues are elsewhere. */
export function fileOf(backend: object): string | undefined {
  return 'path' in backend && typeof backend.path === 'string' ? backend.path : undefined
}

/** Where the queues are, without a password: the file, or the URL by which they were opened; undefined if that is not known. */
export function databaseOf(backend: Backend): string | undefined {
  return fileOf(backend) ?? names.get(backend)
}
