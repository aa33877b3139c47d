/**
 * What takes long, by files: processes that are killed, connections that are lost, what is hostile, random work against a model, whole
 * apps as processes. `npm run test:long` runs it, `npm test` all else, and CI both.
 */
export const long = [
  'test/chaos/*.test.ts',
  'test/backends/model.test.ts',
  'test/backends/postgres/{deadlocks,failures,late-flush,limits,lost-connections,restarts}.test.ts',
  'test/cli/{backup,beside,bulk,by-hand,cron,databases,done,run,supervisor,up}.test.ts',
  'test/cli/mirror/up.test.ts',
  'test/move/{closing,crashes,model}.test.ts',
  'test/readme/up.test.ts',
  'test/run/suspects-model.test.ts',
  'test/serve/rights-attack.test.ts',
  'test/workflows/books/{crash,decrypt-file,decrypt-threads,simulation,version}.test.ts',
  'test/workflows/books/grin/{app,flow}.test.ts',
  'test/workflows/invoices/{crash,processes,simulation}.test.ts',
]
