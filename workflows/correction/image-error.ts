/** An image that cannot be corrected by a machine: no use in trying again. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly retry = false
}
