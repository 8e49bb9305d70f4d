/**
 * Finds names in a request's body that only the installation may set. Unknown fields are ignored, as clients of the
 * dialects expect; these are refused aloud, since whoever sends one tries to give themselves rights.
 */

/** Lower case, without `_` and `-`: `account_id`, `accountId` and `Account-ID` are one name. */
const authorityNames = new Set([
  'accountid',
  'accountstate',
  'authority',
  'blocked',
  'constructor',
  'credentialid',
  'dailyquota',
  'domainsmax',
  'h1',
  'h2',
  'isadmin',
  'keysmax',
  'lane',
  'limits',
  'owner',
  'ownerid',
  'proto',
  'prototype',
  'requestspersecond',
  'returnpathready',
  'sendingstate',
  'signature',
  'state',
  'status',
  'suspended',
  'teamid',
  'tenantid',
  'verified',
  'version',
])

/** What a sender names freely. */
const freeNames = new Set(['headers', 'tags'])

const nameLengthMax = Math.max(...[...authorityNames].map((name) => name.length)) * 2
const depthMax = 32

export type FoundField = { kind: 'authority_field'; path: string } | { kind: 'too_deep' }

/**
 * The first such field with its path (`[0].domain.verified`), or undefined. `own`: names at the top that the route itself
 * has a use for; what they hold is looked through like all else.
 */
export function findAuthorityField(
  body: unknown,
  own: readonly string[] = [],
): FoundField | undefined {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  if (own.length === 0 || !isObject) return search(body, '', 0)
  const named = Object.entries(body).filter(([name]) => own.includes(name))
  for (const [name, inner] of named) {
    const found = search(inner, name, 1)
    if (found) return found
  }
  const rest = Object.entries(body).filter(([name]) => !own.includes(name))
  return search(Object.fromEntries(rest), '', 0)
}

function search(value: unknown, path: string, depth: number): FoundField | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > depthMax) return { kind: 'too_deep' }
  if (Array.isArray(value)) return searchList(value, path, depth)
  for (const [name, inner] of Object.entries(value)) {
    const isAuthority = isAuthorityName(name)
    if (!isAuthority && (typeof inner !== 'object' || freeNames.has(name))) continue
    const innerPath = path === '' ? name : `${path}.${name}`
    if (isAuthority) return { kind: 'authority_field', path: innerPath }
    const found = search(inner, innerPath, depth + 1)
    if (found) return found
  }
  return undefined
}

function searchList(list: unknown[], path: string, depth: number): FoundField | undefined {
  for (let index = 0; index < list.length; index++) {
    const inner = list[index]
    if (typeof inner !== 'object') continue
    const found = search(inner, `${path}[${index}]`, depth + 1)
    if (found) return found
  }
  return undefined
}

function isAuthorityName(name: string): boolean {
  if (name.length > nameLengthMax) return false
  return authorityNames.has(name.toLowerCase().replace(/[_-]/g, ''))
}
