import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { ownAll, type Server, startServer } from '../../../postgres/server.ts'

/** A primary, and maybe a standby that has all that it has acknowledged. */
export interface Pair {
  readonly primary: Server
  readonly standby: Server | undefined
  /** Kills the primary, and lets the standby take its place. */
  promote(): Promise<void>
  /** Makes a new standby, and has commits wait for it. */
  addStandby(): Promise<void>
  /** Runs SQL on the primary, as an operator. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

const base = [
  'fsync=off',
  'synchronous_commit=on',
  'full_page_writes=on',
  'wal_level=replica',
  'log_min_messages=error',
  'wal_retrieve_retry_interval=200ms',
]

/** How servers are started. */
interface PairOptions {
  readonly settings?: readonly string[]
  readonly disk?: string
}

/** Starts a primary alone; it and its successors are in folders in `disk`. */
export async function startPair({ settings: more = [], disk = tmpdir() }: PairOptions = {}): Promise<Pair> {
  const settings = [...base, ...more]
  const folder = () => mkdtempSync(join(disk, 'pipewright-postgres-'))
  let primary = await startServer({ settings, folder: folder() })
  let standby: Server | undefined

  const on = async <T>(server: Server, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: server.url, application_name: 'operator' })
    client.on('error', () => {})
    await client.connect()
    try {
      // What is set for the processes of the cluster is not meant for the operator.
      await client.query('set statement_timeout = 0')
      return await work(client)
    } finally {
      await client.end().catch(() => {})
    }
  }
  const waitFor = (names: string) =>
    on(primary, async (client) => {
      await client.query(`alter system set synchronous_standby_names = '${names}'`)
      await client.query('select pg_reload_conf()')
    })

  const addStandby = async () => {
    const from = primary
    const made = await startServer({
      folder: folder(),
      settings: [
        ...settings,
        `primary_conninfo=host=127.0.0.1 port=${from.port} user=pipewright application_name=standby`,
      ],
      fill: (data) =>
        on(from, async (client) => {
          await client.query(
            "select pg_create_physical_replication_slot('standby') where not exists (select from pg_replication_slots)",
          )
          await client.query(`select pg_backup_start('standby', true)`)
          await copyFiles(from.data, data)
          chmodSync(data, 0o700)
          const { rows } = await client.query<{ labelfile: string }>(
            'select labelfile from pg_backup_stop(false)',
          )
          writeFileSync(join(data, 'backup_label'), rows[0]!.labelfile)
          writeFileSync(join(data, 'standby.signal'), '')
          writeFileSync(join(data, 'postgresql.auto.conf'), "primary_slot_name = 'standby'\n")
          ownAll(data)
        }),
    })
    try {
      await waitFor('standby')
    } catch (error) {
      // It would keep the slot from the next one.
      await made.stop()
      throw error
    }
    standby = made
  }

  return {
    get primary() {
      return primary
    },
    get standby() {
      return standby
    },
    async promote() {
      const next = standby!
      const former = primary
      await former.crash()
      // It would wait for a standby of its own.
      writeFileSync(join(next.data, 'postgresql.auto.conf'), '')
      // Until that is done, and is known to be: were the former started again then, two would take what is written.
      await retried(() =>
        on(next, async (client) => {
          await client.query('select pg_reload_conf()')
          const { rows } = await client.query<{ isOver: boolean }>(
            'select case when pg_is_in_recovery() then pg_promote(true, 60) else true end as "isOver"',
          )
          if (!rows[0]!.isOver) throw new Error('The standby is not promoted yet.')
        }),
      )
      primary = next
      standby = undefined
      await former.stop()
    },
    addStandby: () => retried(addStandby),
    sql: (text, values = []) =>
      on(primary, async (client) => (await client.query(text, values)).rows as never),
    async stop() {
      await standby?.stop()
      await primary.stop()
    },
  }
}

/** Works until it succeeds: others do harm meanwhile, as a crowd, or a disk that is full. */
export async function retried(work: () => Promise<void>, most = 40): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === most) throw error
      await sleep(500)
    }
  }
}

/** Of these folders a standby makes the files by itself. */
const own = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]

// What is removed meanwhile is no part of the backup. The proxies of the cluster are in this process, and must not wait for it.
async function copyFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (/^postmaster\.(pid|opts)$/.test(entry.name)) continue
    if (own.includes(entry.name)) {
      await mkdir(target)
      if (entry.name === 'pg_wal') await mkdir(join(target, 'archive_status'))
    } else if (entry.isDirectory()) await copyFiles(source, target)
    else
      await copyFile(source, target).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
  }
}
