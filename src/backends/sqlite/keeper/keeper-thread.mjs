// The thread that keeper.ts starts. Plain JavaScript, so that it runs from the sources, under any loader and none,
// and from the built package. It receives:
//   { kind: 'renew', everyMs }   look at the leases so often from now on, and renew those that need it
//   { kind: 'recount' }          recount the queues soon
//   { kind: 'close' }            close the database and end
// and sends { kind: 'up' } once it runs, { kind: 'lost', gone } for leases that are gone, each a place and a mark (see
// held-leases.ts), { kind: 'warning', message } for problems that an operator should look at, and
// { kind: 'notice', message } for what it has deleted.
//
// Beside that it keeps the file in order: a PASSIVE checkpoint past 4 MB of WAL, RESTART past 16 MB (a passive one
// never lets the WAL begin anew while a process writes), TRUNCATE when no process writes; it prunes the history, if that
// is wanted, and gives free pages back when no process writes; and it recounts the queues.
import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { isSqliteError, openDatabase } from '../file/open-database.mjs'
import { isClosing } from '../house/closing-error.mjs'
import { makeDropper } from './dropping.mjs'
import { makeMarkDropper } from './dropping-marks.mjs'
import { makeTextDropper } from './dropping-texts.mjs'
import { makePruner, makeValuePruner } from './pruning.mjs'
import { makeRecounter } from './recounting.mjs'
import { makeRenewer } from './renewing.mjs'

const { path, historyDays, valuesDays, leases } = workerData
const passiveBytes = 4 * 2 ** 20
const restartBytes = 16 * 2 ** 20
const warnBytes = 64 * 2 ** 20
const busyBeatMs = 25
const idleBeatMs = 1000
const idleBeats = 2
const vacuumPages = 256
const renewTimeoutMs = 2000
const checkpointTimeoutMs = 20

const db = openDatabase(path, { fileMustExist: true, timeout: renewTimeoutMs })
db.pragma('journal_mode = wal')
db.pragma('synchronous = full')
if (process.platform === 'darwin') db.pragma('fullfsync = on')
db.pragma('wal_autocheckpoint = 0')
const pageBytes = db.pragma('page_size', { simple: true })
const dataVersion = db.prepare('pragma data_version').pluck()
const renew = makeRenewer(db, leases, lost)
let renewing

function renewEvery(ms) {
  clearInterval(renewing)
  renewing = setInterval(() => attempt(() => renew(ms)), ms)
}

/** A busy file is not reported: the next beat tries again. */
function attempt(work) {
  try {
    work()
  } catch (error) {
    if (!isSqliteError(error)) throw error
    // A file that is closed, since its queues are moved, needs no order.
    if (!/^SQLITE_(BUSY|LOCKED)/.test(error.code) && !isClosing(error))
      warn(`${path} could not be kept in order: ${error.message}.`)
  }
}

function lost(gone) {
  parentPort.postMessage({ kind: 'lost', gone })
}

function warn(message) {
  parentPort.postMessage({ kind: 'warning', message })
}

function notice(message) {
  parentPort.postMessage({ kind: 'notice', message })
}

function walBytes() {
  try {
    return statSync(`${path}-wal`).size
  } catch {
    return 0
  }
}

let seenVersion
let quietBeats = 0
let warned = false

const drop = makeDropper(db)
const dropMarks = makeMarkDropper(db)
const dropTexts = makeTextDropper(db)
const prune = historyDays === undefined ? () => false : makePruner(db, { days: historyDays, say: notice })
const forget = valuesDays === undefined ? () => false : makeValuePruner(db, { days: valuesDays, say: notice })

const recounter = makeRecounter(db, path, performance.now())

function beat() {
  let isMore = false
  attempt(() => {
    const version = dataVersion.get()
    quietBeats = version === seenVersion ? quietBeats + 1 : 0
    seenVersion = version
    checkpoint()
    if (quietBeats >= idleBeats) tidy()
    const now = performance.now()
    // All of them: the first must not keep the others from their turns.
    isMore = [drop(now), dropMarks(now), dropTexts(now), forget(now), prune(now)].includes(true)
  })
  // Apart: where one of these fails, the other does not.
  attempt(() => {
    isMore = recounter.step(performance.now()) || isMore
  })
  timer = setTimeout(beat, quietBeats > 0 && !isMore ? idleBeatMs : busyBeatMs)
}

function checkpoint() {
  // The size of the file is cheap to read; how much of it is in use, only SQLite knows.
  const bytes = walBytes()
  if (bytes < passiveBytes) return
  const [{ log }] = db.pragma('wal_checkpoint(noop)')
  const liveBytes = log * pageBytes
  if (liveBytes >= passiveBytes) runCheckpoint('passive')
  if (liveBytes >= restartBytes) runCheckpoint('restart')
  if (bytes >= warnBytes && !warned) {
    const sentence = `The WAL of ${path} has grown to ${Math.round(bytes / 2 ** 20)} MB`
    warn(`${sentence}; some process keeps a read transaction open for long.`)
  }
  warned = bytes >= warnBytes
}

// A RESTART blocks writers while it waits for readers, so its wait is short.
function runCheckpoint(mode) {
  db.pragma(`busy_timeout = ${checkpointTimeoutMs}`)
  try {
    db.pragma(`wal_checkpoint(${mode})`)
  } finally {
    db.pragma(`busy_timeout = ${renewTimeoutMs}`)
  }
}

function tidy() {
  if (walBytes() > 0) runCheckpoint('truncate')
  const free = db.pragma('freelist_count', { simple: true })
  if (free <= vacuumPages) return
  db.pragma(`incremental_vacuum(${vacuumPages})`)
}

let timer = setTimeout(beat, busyBeatMs)

parentPort.on('message', (message) => {
  if (message.kind === 'renew') renewEvery(message.everyMs)
  else if (message.kind === 'recount') recounter.hurry()
  else if (message.kind === 'close') close()
})

function close() {
  clearTimeout(timer)
  clearInterval(renewing)
  recounter.close()
  db.close()
  parentPort.close()
}

parentPort.postMessage({ kind: 'up' })
