/**
 * The ACME client, which takes most of a second and 50 MB: loaded only where certificates are ordered, and before the
 * process becomes its own user, who may be unable to reach it.
 */
export type Acme = typeof import('acme-client')

export class AcmeLibrary {
  private loaded: Acme | undefined

  async load({ acme }: { acme: string | null }): Promise<void> {
    if (acme !== null) this.loaded = await import('acme-client')
  }

  get client(): Acme {
    if (!this.loaded) throw new Error('the ACME client is loaded before the process starts')
    return this.loaded
  }
}
