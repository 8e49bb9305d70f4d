/** A program that signs its requests (RFC 9421), and can leave out or change each part of it. */
import { generateKeyPairSync, hash, type KeyObject, randomUUID, sign } from 'node:crypto'
import { request } from 'node:http'

export interface Pair {
  algorithm: 'ed25519' | 'ecdsa-p256-sha256'
  privateKey: KeyObject
  pem: string
}

export function makePair(algorithm: Pair['algorithm'] = 'ed25519'): Pair {
  const { privateKey, publicKey } =
    algorithm === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    algorithm,
    privateKey,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

export interface SignedCall {
  method: string
  /** Path and query. */
  target: string
  token: string
  keyId: string
  pair: Pair
  nowMs: number
  body?: string | Buffer
  contentType?: string
}

/** What is other than it should be; `null` leaves a parameter out. */
export interface Changes {
  components?: string[]
  parameters?: Record<string, string | number | null>
  /** Is sent in place of what was signed. */
  sent?: { method?: string; target?: string; body?: string | Buffer }
  headers?: Record<string, string | string[]>
  without?: string[]
}

/** The headers of a signed request, as a client makes them. */
export function signedHeaders(call: SignedCall, changes: Changes = {}): Record<string, string> {
  const { method, target, token, keyId, pair, nowMs, body, contentType } = call
  const [path = '', query] = target.split('?')
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && {
      'content-type': contentType ?? 'application/json',
      'content-digest': `sha-256=:${hash('sha256', body, 'base64')}:`,
    }),
  }
  const values: Record<string, string> = {
    '@method': method,
    '@path': path,
    ...(query !== undefined && { '@query': `?${query}` }),
    ...headers,
  }
  delete values['content-type']
  const components = changes.components ?? Object.keys(values)
  const parameters: Record<string, string | number | null> = {
    created: Math.floor(nowMs / 1000),
    keyid: keyId,
    alg: pair.algorithm,
    nonce: randomUUID(),
    ...changes.parameters,
  }
  const written = Object.entries(parameters)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `;${name}=${typeof value === 'number' ? value : `"${value}"`}`)
  const described = `(${components.map((name) => `"${name}"`).join(' ')})${written.join('')}`
  const base = [
    ...components.map((name) => `"${name}": ${values[name] ?? headers[name] ?? ''}`),
    `"@signature-params": ${described}`,
  ].join('\n')
  const bytes = Buffer.from(base)
  const signature =
    pair.algorithm === 'ed25519'
      ? sign(null, bytes, pair.privateKey)
      : sign('sha256', bytes, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
  return {
    ...headers,
    'signature-input': `sig=${described}`,
    signature: `sig=:${signature.toString('base64')}:`,
  }
}

export interface Answered {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export async function callSigned(
  url: string,
  call: SignedCall,
  changes: Changes = {},
): Promise<Answered> {
  const headers: Record<string, string | string[]> = {
    ...signedHeaders(call, changes),
    ...changes.headers,
  }
  for (const name of changes.without ?? []) delete headers[name]
  const { method, target, body } = { ...call, ...changes.sent }
  if (body !== undefined && !('transfer-encoding' in headers)) {
    headers['content-length'] = String(Buffer.byteLength(body))
  }
  return send(`${url}${target}`, { method, headers, body })
}

/** By Node's own client, which sends headers as they are. */
export function send(
  url: string,
  {
    method,
    headers,
    body,
  }: {
    method: string
    headers: Record<string, string | string[]>
    body?: string | Buffer | undefined
  },
): Promise<Answered> {
  return new Promise((settle, fail) => {
    const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      incoming.on('end', () =>
        settle({ status: incoming.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) }),
      )
    })
    outgoing.on('error', fail)
    outgoing.end(body)
  })
}
