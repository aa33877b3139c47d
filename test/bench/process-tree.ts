/*
 * What a process and all that it starts use, from /proc of Linux, looked at again and again: a process that is killed, or left alone by
 * its parent, is in no sum that its parent could ask for.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** What a tree of processes has used; memory in MB of 1,048,576 bytes. */
export interface Used {
  /** Of the processor, in user and system mode. */
  readonly cpuSeconds: number
  /** The same by the kind of process. */
  readonly cpuSecondsBy: Readonly<Record<string, number>>
  /** The most that all processes had at once; a page that two of them share counts twice. */
  readonly peakRssMb: number
  /** At that moment, by the kind of process. */
  readonly peakRssMbBy: Readonly<Record<string, number>>
  /** The most that all processes had at once; of a page that two of them share, each has half. */
  readonly peakPssMb: number
  /** Bytes that were read: files, pipes and sockets. */
  readonly readBytes: number
}

interface Seen {
  kind: string
  cpuSeconds: number
  readBytes: number
}

/** Where fields are in what `statOf` gives; proc(5) counts from 1. */
const at = {
  parent: 4 - 4,
  user: 14 - 4,
  system: 15 - 4,
  childUser: 16 - 4,
  childSystem: 17 - 4,
  pages: 24 - 4,
}
const ticksPerSecond = 100
const pageMb = 4096 / 2 ** 20
const everyMs = 100
/** To add up shares takes the system some milliseconds a process. */
const sharesEvery = 10

/** A watch over a tree of processes. */
export interface TreeWatch {
  /** What they have used until now. */
  readonly used: () => Used
  readonly end: () => void
}

/** Watches the process `root` and those that it starts, from now on. */
export function watchTree(root: number, kindOf: (command: string) => string): TreeWatch {
  const seen = new Map<number, Seen>()
  let peakRssMb = 0
  let peakRssMbBy: Readonly<Record<string, number>> = {}
  let peakPssMb = 0
  let turn = 0
  const look = () => {
    const rss = new Map<string, number>()
    let pssMb = 0
    const withShares = turn++ % sharesEvery === 0
    for (const { pid, cpuSeconds, rssMb } of treeOf(root, new Set(seen.keys()))) {
      const command = unlessGone(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
      if (!command) continue
      const known = seen.get(pid) ?? { kind: '', cpuSeconds: 0, readBytes: 0 }
      seen.set(pid, known)
      // Just forked, it has the command line of its parent.
      known.kind = kindOf(command)
      known.cpuSeconds = cpuSeconds
      known.readBytes = unlessGone(() => numberIn(`/proc/${pid}/io`, 'rchar')) ?? known.readBytes
      rss.set(known.kind, (rss.get(known.kind) ?? 0) + rssMb)
      if (withShares) pssMb += (unlessGone(() => numberIn(`/proc/${pid}/smaps_rollup`, 'Pss')) ?? 0) / 1024
    }
    peakPssMb = Math.max(peakPssMb, pssMb)
    const all = sum(rss.values())
    if (all <= peakRssMb) return
    peakRssMb = all
    peakRssMbBy = Object.fromEntries(rss)
  }
  const timer = setInterval(look, everyMs)
  return {
    end: () => clearInterval(timer),
    used() {
      look()
      const cpu = new Map<string, number>()
      for (const { kind, cpuSeconds } of seen.values()) cpu.set(kind, (cpu.get(kind) ?? 0) + cpuSeconds)
      return {
        cpuSeconds: sum(cpu.values()),
        cpuSecondsBy: Object.fromEntries(cpu),
        peakRssMb,
        peakRssMbBy,
        peakPssMb,
        readBytes: sum([...seen.values()].map(({ readBytes }) => readBytes)),
      }
    },
  }
}

/** Seconds of processor that the processes which this one has started, and which have ended, have used, with those that they waited for. */
export function childSeconds(): number {
  const fields = statOf('self')
  return (fields[at.childUser]! + fields[at.childSystem]!) / ticksPerSecond
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly cpuSeconds: number
  readonly rssMb: number
}

/** `root`, those below it, and those that were: a process whose parent has ended has another one. */
function treeOf(root: number, were: ReadonlySet<number>): Process[] {
  const all = readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? (unlessGone(() => processAt(name)) ?? []) : [],
  )
  const tree = new Set([root, ...were])
  for (let size = 0; size < tree.size; ) {
    size = tree.size
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid)
  }
  return all.filter(({ pid }) => tree.has(pid))
}

function processAt(name: string): Process {
  const fields = statOf(name)
  return {
    pid: Number(name),
    parent: fields[at.parent]!,
    cpuSeconds: (fields[at.user]! + fields[at.system]!) / ticksPerSecond,
    rssMb: fields[at.pages]! * pageMb,
  }
}

/** The fields of `/proc/PID/stat` from the fourth on: the second is a name, which may have blanks, the third a letter. */
function statOf(name: string): number[] {
  const text = readFileSync(`/proc/${name}/stat`, 'utf8')
  return text
    .slice(text.lastIndexOf(')') + 4)
    .split(' ')
    .map(Number)
}

function numberIn(path: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? 0)
}

function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

function sum(numbers: Iterable<number>): number {
  let all = 0
  for (const each of numbers) all += each
  return all
}
