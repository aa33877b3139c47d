import type { Backend } from '../queue/backend.ts'
import type { Change, Fence, Remember } from '../queue/change.ts'
import { isPipewrightError } from '../queue/errors.ts'
import { fenceKey } from '../queue/fence-key.mjs'
import type { Leased } from '../queue/rows.ts'
import type { MortalBackend } from '../testing/crashing.ts'
import { sayCommit, sayLease, sayPass } from './say-request.ts'

/** A request of a process to its backend that waits for its turn. */
export interface Request {
  /** Who asks for what, in words; requests with the same words are alike. */
  readonly text: string
  readonly kind: 'lease' | 'extend' | 'commit' | 'pass'
  /** Whether it changes more than the progress of the work. */
  readonly isChange: boolean
  /** The queue of a lease. */
  readonly queue?: string | undefined
  /** The keys of the leases that it answers. */
  readonly answers: readonly string[]
  /** The keys of the leases whose handlers wait for it. */
  readonly awaited: readonly string[]
  /** The key of the lease on a suspect that is no longer alone: what was leased beside it begins after this. */
  readonly accompanied: string | undefined
  /** The person who makes it, if there is one. */
  readonly person: string | undefined
  /** Does it and answers the process; resolves with the answer, or undefined if that was a refusal. */
  readonly answer: () => Promise<unknown>
}

/**
 * The backend of one process. Every request that changes anything waits here until the simulation lets it pass; reads pass
 * at once.
 */
export class Gate {
  readonly backend: Backend
  readonly pending = new Set<Request>()
  /** The keys of leases whose commit has failed in the database and waits for another try. */
  readonly trying = new Set<string>()
  readonly #owner: string
  readonly #mortal: MortalBackend
  /** The keys of leases that were answered in this turn. */
  readonly #fresh = new Set<string>()
  #reading = 0

  constructor(owner: string, mortal: MortalBackend) {
    this.#owner = owner
    this.#mortal = mortal
    this.backend = {
      isPrivate: mortal.isPrivate,
      declare: (declaration) => mortal.declare(declaration),
      lease: (queue, request) =>
        this.#ask({ kind: 'lease', said: sayLease(queue, request), queue, owner: request.owner }, () =>
          this.#leased(mortal.lease(queue, request)),
        ),
      extend: (of, fences) =>
        this.#ask({ kind: 'extend', said: 'renews its leases', fences }, () => mortal.extend(of, fences)),
      commit: (changes) =>
        this.#ask({ kind: 'commit', said: sayCommit(changes), changes }, () => mortal.commit(changes)),
      deploys: (workflow) => this.#read(() => mortal.deploys(workflow)),
      get: (queue, id) => this.#read(() => mortal.get(queue, id)),
      list: (queue, page) => this.#read(() => mortal.list(queue, page)),
      count: (queue) => this.#read(() => mortal.count(queue)),
      tally: (request) => this.#read(() => mortal.tally(request)),
      records: (scope, page) => this.#read(() => mortal.records(scope, page)),
      recall: (workflow, id, what) => this.#read(() => mortal.recall(workflow, id, what)),
      family: (workflow, id, page) => this.#read(() => mortal.family(workflow, id, page)),
      pulse: (after) => this.#read(() => mortal.pulse(after)),
      journey: (workflow, id, part) => this.#read(() => mortal.journey(workflow, id, part)),
      lines: (request) => this.#read(() => mortal.lines(request)),
      pass: (fence, toll) =>
        this.#ask({ kind: 'pass', said: sayPass(fence, toll) }, () => mortal.pass(fence, toll)),
      gates: () => this.#read(() => mortal.gates()),
      watch: (listener) => mortal.watch(listener),
      close: () => mortal.close(),
    }
  }

  /** Whether a read is under way. */
  get isReading(): boolean {
    return this.#reading > 0
  }

  /** Refuses everything that waits; for a process that has died. */
  flush(): void {
    for (const request of [...this.pending]) void request.answer()
  }

  // What is renewed in the turn of its answer came late: its work waits for that.
  async #leased(answer: Promise<readonly Leased[]>): Promise<readonly Leased[]> {
    const rows = await answer
    const keys = new Set(rows.map(fenceKey))
    for (const key of keys) this.#fresh.add(key)
    setImmediate(() => {
      for (const key of keys) this.#fresh.delete(key)
    })
    return rows
  }

  #ask<T>(
    { kind, said, queue, owner, changes = [], fences = [] }: Asking,
    act: () => Promise<T>,
  ): Promise<T> {
    if (this.#mortal.isDead) return act()
    const answers = changes.filter(isAnswer).map(fenceKey)
    for (const key of answers) this.trying.delete(key)
    return new Promise((resolve, reject) => {
      const request: Request = {
        text: `${this.#owner} ${said}`,
        kind,
        isChange: !changes.every(isOnlyProgress),
        queue,
        answers,
        awaited: [
          ...changes.filter(isAwaited).map(fenceKey),
          ...fences.map(fenceKey).filter((key) => this.#fresh.has(key)),
        ],
        accompanied: changes.filter((change) => change.kind === 'accompany').map(fenceKey)[0],
        person: owner?.startsWith('person:') ? owner.slice('person:'.length) : actorOf(changes),
        answer: async () => {
          this.pending.delete(request)
          try {
            const answer = await act()
            resolve(answer)
            return answer
          } catch (error) {
            if (isPipewrightError(error) && error.code === 'backend')
              for (const key of answers) this.trying.add(key)
            reject(error)
            return undefined
          }
        },
      }
      this.pending.add(request)
    })
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    this.#reading++
    try {
      return await read()
    } finally {
      this.#reading--
    }
  }
}

interface Asking {
  readonly kind: Request['kind']
  readonly said: string
  readonly queue?: string
  readonly owner?: string
  readonly changes?: readonly Change[]
  readonly fences?: readonly Fence[]
}

type Answer = Extract<Change, { readonly kind: 'pop' | 'postpone' | 'bury' }>

function isAnswer(change: Change): change is Answer {
  return change.kind === 'pop' || change.kind === 'postpone' || change.kind === 'bury'
}

// No handler waits until its progress is recorded.
function isOnlyProgress(change: Change): boolean {
  return change.kind === 'remember' && !isAwaited(change)
}

function isAwaited(change: Change): change is Remember {
  return change.kind === 'remember' && change.progress === undefined
}

function actorOf(changes: readonly Change[]): string | undefined {
  return changes
    .map((change) => ('actor' in change ? change.actor : undefined))
    .find((actor) => actor !== undefined)
}
