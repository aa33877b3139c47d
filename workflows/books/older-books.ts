import type { OlderShape } from 'pipewright'

/** The name in the keyring of the passphrase that a file of the older shape has. */
export const olderPassphrase = 'main'

/** What files of the older shape (`global` and `filters`) say about books. */
export const olderBooks: OlderShape = {
  classes: {
    Downloader: 'download',
    Decryptor: 'decrypt',
    Extractor: 'unpack',
    Unpacker: 'unpack',
    Modifier: 'modify',
    Uploader: 'upload',
    Cleaner: 'cleanUp',
  },
  global: {
    temp_dir: { config: 'processing' },
    gpg_passphrase: {
      env: `PIPEWRIGHT_PASSPHRASE_${olderPassphrase.toUpperCase()}`,
      move: (file) =>
        `node --import tsx workflows/books/move-passphrase.ts '${file.replaceAll("'", "'\\''")}'`,
    },
  },
  config: { passphrase: olderPassphrase, sample: false },
}
