/**
 * The accounts whose keys vault has destroyed, in a file of its own outside the database: whoever puts wrapped keys of
 * such an account back, from a backup of the database, is given nothing that they open. One id a line, only ever added;
 * a line that a crash cut off is left out, and its account is destroyed again.
 */
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isUuid } from '../lib/uuid.ts'

/** On disk when a write returns: behind the permission fence a file cannot be flushed afterwards. */
const appended = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_DSYNC

export class DestroyedAccounts {
  private readonly file: string
  private readonly ids: Set<string>

  constructor(folder: string) {
    this.file = join(folder, 'destroyed-accounts')
    const text = existsSync(this.file) ? readFileSync(this.file, 'utf8') : ''
    this.ids = new Set(text.split('\n').filter(isUuid))
  }

  has(accountId: string): boolean {
    return this.ids.has(accountId)
  }

  /** On disk when it returns. */
  add(accountId: string): void {
    if (this.has(accountId)) return
    const descriptor = openSync(this.file, appended, 0o600)
    try {
      // A line that was cut off before ends here.
      writeSync(descriptor, `\n${accountId}\n`)
    } finally {
      closeSync(descriptor)
    }
    this.ids.add(accountId)
  }
}
