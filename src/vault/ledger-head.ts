/** The newest tree head that vault signed, in a file of its own: a ledger that ends before it was put back. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const ledgerHeadFile = 'ledger-head.json'

export interface Head {
  size: number
  root: Buffer
}

export class LedgerHead {
  private readonly file: string

  constructor(folder: string) {
    this.file = join(folder, ledgerHeadFile)
  }

  read(): Head | undefined {
    return readLedgerHead(this.file)
  }

  /** Not flushed: after a power cut an older head stands there, which is a head all the same. */
  write({ size, root }: Head): void {
    const content = JSON.stringify({ tree_size: size, root: root.toString('base64') })
    writeFileSync(`${this.file}.new`, `${content}\n`, { mode: 0o600 })
    renameSync(`${this.file}.new`, this.file)
  }
}

/** Undefined when there is none yet. Throws when the file is not one of ours. */
export function readLedgerHead(file: string): Head | undefined {
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  // A power cut may leave the file empty.
  if (text.trim() === '') return undefined
  const { tree_size: size, root } = JSON.parse(text) as { tree_size: number; root: string } // written above
  return { size, root: Buffer.from(root, 'base64') }
}
