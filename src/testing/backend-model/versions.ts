import type { QueueSpec } from '../../queue/declaration.ts'
import { usualQueues } from '../backend-suite/fixture.ts'
import { valuesOf } from './model-past.ts'
import type { Random } from './random.ts'

/** The states that tokens of the model are in. */
export const tags = ['Cat', 'Dog'] as const

const stage = (name: string, tags: readonly string[], ...was: readonly string[]) =>
  ({ name, role: 'stage', tags, was }) as const

/** The shape of the second queue in a version: one queue, two of other names, or two of which one has kept the name. */
const shapes = {
  one: [stage('second', tags, 'cats', 'dogs')],
  split: [stage('cats', ['Cat'], 'second'), stage('dogs', ['Dog'], 'second')],
  kept: [stage('second', ['Cat'], 'cats'), stage('dogs', ['Dog'], 'second')],
} as const satisfies Record<string, readonly QueueSpec[]>

const otherQueues: readonly QueueSpec[] = [
  { name: 'replies', role: 'reply' },
  { name: 'standing', role: 'standing' },
]

type Shape = keyof typeof shapes

/** Where what is pushed into one of these queues belongs. */
const belongs: Record<Shape, (queue: string, tag: string) => string> = {
  one: () => 'second',
  split: (queue, tag) => (queue !== 'second' ? queue : tag === 'Cat' ? 'cats' : 'dogs'),
  kept: (queue, tag) => (queue === 'dogs' || tag === 'Dog' ? 'dogs' : 'second'),
}

/** A version of the workflow. Versions differ in the names of their first two queues. */
export class Version {
  readonly first: string
  readonly #shape: Shape

  constructor(first = 'first', shape: Shape = 'one') {
    this.first = first
    this.#shape = shape
  }

  /** The next version: the first queue may have another name, the second may be two. */
  next(random: Random): Version {
    const first = random.pick([this.first, this.first === 'first' ? 'start' : 'first'])
    return new Version(first, random.pick(['one', 'split', 'kept']))
  }

  get specs(): readonly QueueSpec[] {
    const was = [this.first === 'first' ? 'start' : 'first']
    const behind = [{ gate: 'press' }, { gate: 'room', until: 'leave' }] as const
    const [desk, ...others] = usualQueues.slice(2)
    return [
      { name: this.first, role: 'stage', was, values: valuesOf(this.first), behind },
      ...shapes[this.#shape],
      { ...desk!, behind: [{ gate: 'press' }, { gate: 'each', per: 'key' }] },
      ...others,
      ...otherQueues,
    ]
  }

  get queues(): readonly string[] {
    return this.specs.map(({ name }) => name)
  }

  /** The specs without a queue that no other takes over, and its name. */
  get lacking(): { readonly specs: readonly QueueSpec[]; readonly queue: string } {
    const queue = { one: 'second', split: 'cats', kept: 'dogs' }[this.#shape]
    return { specs: this.specs.filter(({ name }) => name !== queue), queue }
  }

  /** The present name of the queue that has, or had, the name `queue`. */
  nameOf(queue: string): string {
    return queue === 'first' || queue === 'start' ? this.first : queue
  }

  /** The queues whose gates `queue` means: those that have taken it over, if it is no more. */
  gatesOf(queue: string): readonly string[] {
    const name = this.nameOf(queue)
    if (this.queues.includes(name) || !/^(second|cats|dogs)$/.test(name)) return [name]
    return name === 'second' || this.#shape === 'one' ? this.#second : [name === 'cats' ? 'second' : 'dogs']
  }

  get #second(): readonly string[] {
    return shapes[this.#shape].map(({ name }) => name)
  }

  /** The queue that takes what is pushed into `queue`, and what is in it when this version is declared. */
  takerOf(queue: string, tag: string): string {
    return /^(second|cats|dogs)$/.test(queue) ? belongs[this.#shape](queue, tag) : this.nameOf(queue)
  }

  /** The queues whose gates are shut when this version is declared, if that of `queue` was in the version `before`. */
  pausedOf(queue: string, before: Version): readonly string[] {
    if (!before.queues.includes(queue)) return []
    const isKept = this.queues.includes(this.nameOf(queue))
    const heirs = this.specs.filter(({ name, was }) => name !== queue && was?.includes(queue))
    return heirs.filter(({ name }) => !isKept || !before.queues.includes(name)).map(({ name }) => name)
  }
}
