/**
 * A real provider of OpenID Connect on loopback, with people and a page to sign in. What it signs can be changed on its
 * way out, and signed anew with its own key or another, as a provider gone bad would.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export interface ProviderPerson {
  email?: string
  email_verified?: boolean
  name?: string
}

type Claims = Record<string, unknown>

export interface OidcServer {
  issuer: string
  clientId: string
  clientSecret: string
  /** By subject. */
  people: Map<string, ProviderPerson>
  /** Of the token that was issued last; undefined: as it is. */
  tamper: ((claims: Claims) => Claims) | undefined
  /** Signs what was tampered with; undefined: the provider's own key. */
  signer: KeyObject | undefined
  /** While true every connection is cut. */
  isAway: boolean
  /** Once it is known where browsers go back to. */
  serve(redirect: string): void
  /** As a browser would: goes there, signs in as that person or says no, and answers where it is sent back to. */
  visit(location: string, subject: string | null): Promise<URL>
  stop(): Promise<void>
}

export async function startOidcServer(): Promise<OidcServer> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  let answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  const server = createServer((request, response) => {
    if (running.isAway || !answer) request.socket.destroy()
    else answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const running: OidcServer = {
    issuer,
    clientId: 'postern',
    clientSecret: randomBytes(24).toString('base64url'),
    people: new Map(),
    tamper: undefined,
    signer: undefined,
    isAway: false,
    serve: (redirect) => {
      answer = makeProvider(running, { redirect, privateKey }).callback()
    },
    visit: (location, subject) => visit(location, { issuer, subject }),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return running
}

function makeProvider(
  running: OidcServer,
  { redirect, privateKey }: { redirect: string; privateKey: KeyObject },
): Provider {
  const provider: Provider = new Provider(running.issuer, {
    clients: [
      {
        client_id: running.clientId,
        client_secret: running.clientSecret,
        redirect_uris: [redirect],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'own', use: 'sig' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: async (_, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...running.people.get(id) }),
    }),
    // Whoever signs in is taken to agree.
    loadExistingGrant: async ({ oidc }) => {
      const accountId = oidc.session?.accountId
      const clientId = oidc.client?.clientId
      if (accountId === undefined || clientId === undefined) return undefined
      const grant = new provider.Grant({ accountId, clientId })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
    ttl: {
      Session: 600,
      Grant: 600,
      Interaction: 600,
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
    },
  })
  provider.use(async (context, next) => {
    const [, page, uid] = context.path.split('/')
    if (page !== 'interaction' || uid === undefined) return next()
    if (context.method === 'GET') {
      context.type = 'html'
      context.body = loginPage
      return
    }
    const form = new URLSearchParams(await textOf(context.req))
    const login = form.get('login')
    const result =
      login === null || login === '' ? { error: 'access_denied' } : { login: { accountId: login } }
    await provider.interactionFinished(context.req, context.res, result)
    context.respond = false
  })
  provider.use(async (context, next) => {
    await next()
    if (context.oidc?.route === 'token') retouch(context.body, running, privateKey)
  })
  return provider
}

const loginPage = `<!doctype html><html lang="en"><title>Acme Login</title><h1>Acme Login</h1>
<form method="post"><label>User <input name="login"></label><button>Continue</button></form></html>`

function retouch(body: unknown, { tamper, signer }: OidcServer, own: KeyObject): void {
  if (!tamper || typeof body !== 'object' || body === null || !('id_token' in body)) return
  const [head, claims] = String(body.id_token).split('.')
  const changed = tamper(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString('utf8')))
  const signed = `${head}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}`
  const signature = sign('sha256', Buffer.from(signed), signer ?? own)
  body.id_token = `${signed}.${signature.toString('base64url')}`
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

async function visit(
  location: string,
  { issuer, subject }: { issuer: string; subject: string | null },
): Promise<URL> {
  const cookies = new Map<string, string>()
  let next = new URL(location)
  let isAsked = false
  for (let steps = 0; next.origin === issuer && steps < 10; steps++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie },
      ...(isAsked && { method: 'POST', body: new URLSearchParams({ login: subject ?? '' }) }),
    })
    const text = await response.text()
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const to = response.headers.get('location')
    isAsked = to === null && response.status === 200
    if (to === null && !isAsked) throw new Error(`the provider answered ${response.status} ${text}`)
    if (to !== null) next = new URL(to, next)
  }
  return next
}
