/** The OpenID Connect client: loaded only where a provider is named, and before the process becomes its own user. */
export type OidcClient = typeof import('openid-client')

export class OidcLibrary {
  private loaded: OidcClient | undefined

  async load({ oidcIssuer }: { oidcIssuer: string | null }): Promise<void> {
    if (oidcIssuer !== null) this.loaded = await import('openid-client')
  }

  get client(): OidcClient {
    if (!this.loaded)
      throw new Error('the OpenID Connect client is loaded before the process starts')
    return this.loaded
  }
}
