import { gate } from 'pipewright'

/** What the ledger can take from all processes together: four requests at once, and twenty a second. */
export const ledgerGate = gate('ledger', { limit: 4, rate: { units: 20, perMs: 1000 } })
