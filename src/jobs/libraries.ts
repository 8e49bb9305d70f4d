/** What only some settings need: loaded before the process becomes its own user, who may be unable to reach it. */
import type { Handover } from '../process/handover.ts'
import { AcmeLibrary } from './acme-library.ts'
import { OidcLibrary } from './oidc-library.ts'

export class Libraries {
  readonly acme = new AcmeLibrary()
  readonly oidc = new OidcLibrary()

  async load({ settings }: Handover): Promise<void> {
    await this.acme.load(settings)
    await this.oidc.load(settings)
  }
}
