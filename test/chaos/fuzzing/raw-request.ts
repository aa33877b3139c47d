import { connect } from 'node:net'

/** What came over a connection until it was closed. */
export interface RawAnswer {
  /** Of the last answer; undefined if the server has hung up without one. */
  readonly status: number | undefined
  /** Whether the server has hung up while the request was still on its way. */
  readonly isCut: boolean
  /** All that came, headers included. */
  readonly text: string
}

/** Sends `request` as it is, byte by byte what no client would send, and waits until the server has hung up. */
export async function askRaw(port: number, request: string | Buffer): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let fault: NodeJS.ErrnoException | undefined
  socket.setEncoding('utf8').on('data', (part) => (text += part))
  socket.on('error', (error) => (fault = error))
  socket.write(request)
  await new Promise((resolve) => socket.once('close', resolve))
  const isCut = fault?.code === 'ECONNRESET' || fault?.code === 'EPIPE'
  if (fault && !isCut) throw fault
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status))
  return { status: statuses.at(-1), isCut, text }
}
