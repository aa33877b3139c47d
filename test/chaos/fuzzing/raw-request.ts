import { connect } from 'node:net'

/** What came over a connection until it was closed. */
export interface RawAnswer {
  /** Of the last answer; undefined if the server has hung up without one. */
  readonly status: number | undefined
  /** All that came, headers included. */
  readonly text: string
}

/** Sends `request` as it is, byte by byte what no client would send, and waits until the server has hung up. */
export async function askRaw(port: number, request: string | Buffer): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (part) => (text += part))
  // A server that refuses a request hangs up while the rest of it is still on its way: that error is none.
  socket.on('error', () => {})
  socket.write(request)
  await new Promise((resolve) => socket.once('close', resolve))
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status))
  return { status: statuses.at(-1), text }
}
