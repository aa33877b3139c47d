import { measureRoom, type Room } from '../room.ts'
import type { BooksConfig } from './config.ts'

/** The room for the books that are worked on, but for what the config keeps free. */
export function roomOf({ processing, disk }: Pick<BooksConfig, 'processing' | 'disk'>): Promise<Room> {
  return measureRoom(processing, disk.reserveGibibytes * 2 ** 30)
}
