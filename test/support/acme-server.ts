/**
 * A small ACME authority (RFC 8555) over HTTPS: it verifies every signature, nonce and address, fetches HTTP-01 answers
 * for real, and issues with a throw-away authority. It knows P-256 accounts, one name an order, and no revocation.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  type JsonWebKeyOfEc,
  makeAuthority,
  readSigningRequest,
  type TestAuthority,
  thumbprint,
  type Validity,
} from './test-authority.ts'

export interface Problem {
  status: number
  type: string
  retryAfter?: string
}

export interface AcmeServer {
  directory: string
  /** Of its own HTTPS, in PEM. */
  ca: string
  /** Of what it issues. */
  authority: TestAuthority
  /** All it has issued, in order. */
  issued: { chain: string; dnsNames: string[] }[]
  /** Contacts of the accounts that were made or changed. */
  contacts: string[][]
  accounts: number
  orders: number
  validity: () => Validity
  /** Changes what is given out for an order. */
  tamper: (chain: string) => string
  /** What the next new order is refused with. */
  refusal: Problem | null
  /** Where it looks for the answers to challenges; resolves once that is known. */
  httpPort: () => Promise<number>
  stop(): Promise<void>
}

interface Order {
  name: string
  account: string
  token: string
  state: 'pending' | 'processing' | 'valid' | 'invalid'
  problem: string | null
  chain: string | null
}

interface Signed {
  account: string
  jwk: JsonWebKeyOfEc
  payload: Record<string, unknown>
}

const hourMs = 3_600_000
const bodyBytesMax = 64 * 1024

class Refused extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.type)
    this.problem = problem
  }
}

const malformed = (status = 400) => new Refused({ status, type: 'malformed' })

export async function startAcmeServer(): Promise<AcmeServer> {
  const own = makeAuthority('Transport')
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const day = { from: new Date(Date.now() - hourMs), until: new Date(Date.now() + 24 * hourMs) }
  const server = createServer({
    cert: own.issue(publicKey, 'localhost', day),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const base = `https://localhost:${port}`
  const acme: AcmeServer = {
    directory: `${base}/directory`,
    ca: own.root,
    authority: makeAuthority('Issuing'),
    issued: [],
    contacts: [],
    accounts: 0,
    orders: 0,
    validity: () => ({
      from: new Date(Date.now() - hourMs),
      until: new Date(Date.now() + 90 * 24 * hourMs),
    }),
    tamper: (chain) => chain,
    refusal: null,
    httpPort: () => Promise.reject(new Error('no port was named')),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  const desk = new Desk(base, acme)
  server.on('request', (request, response) => void desk.answer(request, response))
  return acme
}

class Desk {
  private readonly base: string
  private readonly acme: AcmeServer
  private readonly nonces = new Set<string>()
  private readonly accounts = new Map<string, JsonWebKeyOfEc>()
  private readonly orders: Order[] = []

  constructor(base: string, acme: AcmeServer) {
    this.base = base
    this.acme = acme
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = randomBytes(16).toString('base64url')
    this.nonces.add(nonce)
    response.setHeader('replay-nonce', nonce)
    try {
      await this.route(request, response)
    } catch (error) {
      const problem = error instanceof Refused ? error.problem : malformed().problem
      if (problem.retryAfter !== undefined) response.setHeader('retry-after', problem.retryAfter)
      response.writeHead(problem.status, { 'content-type': 'application/problem+json' })
      const detail = 'words with person@example.org in them'
      response.end(JSON.stringify({ type: `urn:ietf:params:acme:error:${problem.type}`, detail }))
    }
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { base } = this
    const path = request.url ?? ''
    const json = (status: number, body: object, headers = {}) =>
      void response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body))
    if (path === '/directory') {
      const named = ['newNonce', 'newAccount', 'newOrder'].map((name) => [name, `${base}/${name}`])
      return json(200, Object.fromEntries(named))
    }
    if (path === '/newNonce') return void response.writeHead(204).end()
    const signed = await this.signed(request, path)
    const [, noun = '', id = ''] = path.split('/')
    if (noun === 'newAccount' || noun === 'account') return this.account(noun, signed, json)
    if (noun === 'newOrder') return this.newOrder(signed, json)
    const order = this.orders[Number(id)]
    if (order?.account !== signed.account) throw malformed(404)
    if (noun === 'authorization') return json(200, this.authorization(order))
    if (noun === 'challenge') {
      if (order.state === 'pending') this.look(order, signed.jwk)
      return json(200, this.challenge(order))
    }
    if (noun === 'finalize') return json(200, this.finalize(order, signed.payload))
    if (noun === 'order') return json(200, this.orderBody(order))
    if (noun !== 'certificate' || order.chain === null) throw malformed(404)
    const pem = { 'content-type': 'application/pem-certificate-chain' }
    response.writeHead(200, pem).end(this.acme.tamper(order.chain))
  }

  /** RFC 8555 §6.2 to §6.5. */
  private async signed(request: IncomingMessage, path: string): Promise<Signed> {
    const isJose = request.headers['content-type'] === 'application/jose+json'
    if (request.method !== 'POST' || !isJose) throw malformed(405)
    if (!request.headers['user-agent']) throw malformed()
    const { protected: head, payload, signature } = JSON.parse(await bodyOf(request))
    const header = JSON.parse(Buffer.from(head, 'base64url').toString())
    if (!this.nonces.delete(header.nonce)) throw new Refused({ status: 400, type: 'badNonce' })
    if (header.url !== `${this.base}${path}`)
      throw new Refused({ status: 401, type: 'unauthorized' })
    if (header.alg !== 'ES256' || 'jwk' in header === 'kid' in header) throw malformed()
    if ('jwk' in header && path !== '/newAccount') throw malformed()
    const jwk: JsonWebKeyOfEc | undefined = header.jwk ?? this.accounts.get(header.kid)
    if (!jwk) throw new Refused({ status: 400, type: 'accountDoesNotExist' })
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    const text = Buffer.from(`${head}.${payload}`)
    const bytes = Buffer.from(signature, 'base64url')
    if (!verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, bytes)) {
      throw new Refused({ status: 401, type: 'unauthorized' })
    }
    const body = payload === '' ? {} : JSON.parse(Buffer.from(payload, 'base64url').toString())
    return { account: `${this.base}/account/${thumbprint(jwk)}`, jwk, payload: body }
  }

  private account(
    noun: string,
    { account, jwk, payload }: Signed,
    json: (status: number, body: object, headers?: object) => void,
  ): void {
    const isKnown = this.accounts.has(account)
    if (noun === 'account' && !isKnown) throw malformed(404)
    if (!isKnown && payload.termsOfServiceAgreed !== true) {
      throw new Refused({ status: 403, type: 'userActionRequired' })
    }
    if (Array.isArray(payload.contact)) this.acme.contacts.push(payload.contact)
    if (!isKnown) this.acme.accounts++
    this.accounts.set(account, jwk)
    json(isKnown ? 200 : 201, { status: 'valid' }, { location: account })
  }

  private newOrder(
    { account, payload }: Signed,
    json: (status: number, body: object, headers?: object) => void,
  ): void {
    this.acme.orders++
    const { refusal } = this.acme
    this.acme.refusal = null
    if (refusal) throw new Refused(refusal)
    const [identifier, ...others] = payload.identifiers as { type: string; value: string }[]
    if (identifier?.type !== 'dns' || others.length > 0) throw malformed()
    const token = randomBytes(16).toString('base64url')
    const rest = { state: 'pending', problem: null, chain: null } as const
    const order: Order = { name: identifier.value, account, token, ...rest }
    this.orders.push(order)
    json(201, this.orderBody(order), { location: this.urlOf('order', order) })
  }

  private urlOf(noun: string, order: Order): string {
    return `${this.base}/${noun}/${this.orders.indexOf(order)}`
  }

  private orderBody(order: Order) {
    const ready = order.state === 'valid' && order.chain === null
    return {
      status: ready ? 'ready' : order.state === 'processing' ? 'pending' : order.state,
      identifiers: [{ type: 'dns', value: order.name }],
      authorizations: [this.urlOf('authorization', order)],
      finalize: this.urlOf('finalize', order),
      ...(order.chain !== null && { certificate: this.urlOf('certificate', order) }),
    }
  }

  private authorization(order: Order) {
    return {
      status: order.state === 'processing' ? 'pending' : order.state,
      identifier: { type: 'dns', value: order.name },
      challenges: [
        { type: 'dns-01', url: `${this.base}/none`, token: order.token, status: 'pending' },
        this.challenge(order),
      ],
    }
  }

  private challenge(order: Order) {
    const { token, state, problem } = order
    const error = problem && { error: { type: `urn:ietf:params:acme:error:${problem}` } }
    return { type: 'http-01', url: this.urlOf('challenge', order), token, status: state, ...error }
  }

  /** RFC 8555 §8.3, from where this machine's api is reached. */
  private look(order: Order, jwk: JsonWebKeyOfEc): void {
    order.state = 'processing'
    const wanted = `${order.token}.${thumbprint(jwk)}`
    const path = `/.well-known/acme-challenge/${order.token}`
    const settle = (problem: string | null) => {
      order.problem = problem
      order.state = problem === null ? 'valid' : 'invalid'
    }
    this.acme
      .httpPort()
      .then((port) => fetchText({ host: '127.0.0.1', port, path, headers: { host: order.name } }))
      .then(({ status, text }) => {
        settle(status === 200 && text.trimEnd() === wanted ? null : 'unauthorized')
      })
      .catch(() => settle('connection'))
  }

  private finalize(order: Order, payload: Record<string, unknown>) {
    if (order.state !== 'valid') throw new Refused({ status: 403, type: 'orderNotReady' })
    const badRequest = new Refused({ status: 400, type: 'badCSR' })
    const { publicKey, dnsNames } = (() => {
      try {
        return readSigningRequest(Buffer.from(String(payload.csr), 'base64url'))
      } catch {
        throw badRequest
      }
    })()
    if (dnsNames.length !== 1 || dnsNames[0] !== order.name) throw badRequest
    order.chain = this.acme.authority.issue(publicKey, order.name, this.acme.validity())
    this.acme.issued.push({ chain: order.chain, dnsNames })
    return this.orderBody(order)
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw malformed(413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function fetchText(options: RequestOptions): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = get({ ...options, agent: false, timeout: 10_000 }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.on('error', reject)
  })
}
