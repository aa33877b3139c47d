import type { ChainSetup } from './peers/peer.ts'

/** A chain of four stages, 20 at a time, whose handlers do `work`; nothing unless told. */
export function plainChain(folder: string, work: ChainSetup['work'] = () => undefined): ChainSetup {
  return {
    folder,
    hops: 4,
    concurrency: 20,
    done: () => {},
    work,
    payload: (id) => ({
      barcode: id,
      processing_bucket: '/var/tmp/processing',
      done_bucket: '/var/tmp/done',
      note: 'x'.repeat(80),
    }),
  }
}
