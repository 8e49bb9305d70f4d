/** The exchanges of AUTH PLAIN (RFC 4616) and AUTH LOGIN, step by step, up to the API key. Pure. */
import { isUtf8 } from 'node:buffer'
import { type Reply, replies } from './replies.ts'

/** What an exchange still waits for. */
export type AuthState =
  | { wants: 'plain' }
  | { wants: 'user' }
  | { wants: 'password'; isUserKnown: boolean }

/** The exchange goes on with a prompt, ends in a reply, or has brought a key that is still to be looked up. */
export type AuthStep = { state: AuthState; prompt: Reply } | { refused: Reply } | { key: string }

const users = new Set(['resend', 'apikey', 'postern'])

/** `argument` is what stands behind AUTH: a mechanism, perhaps with an initial response, which is `=` when empty. */
export function beginAuth(argument: string): AuthStep {
  const [mechanism = '', initial, more] = argument.split(/ +/)
  if (more !== undefined) return { refused: replies.authForm }
  switch (mechanism.toUpperCase()) {
    case 'PLAIN':
      if (initial === undefined) return { state: { wants: 'plain' }, prompt: replies.promptPlain }
      return readPlain(initial === '=' ? '' : initial)
    case 'LOGIN':
      if (initial === undefined) return { state: { wants: 'user' }, prompt: replies.promptUser }
      return readUser(initial === '=' ? '' : initial)
    default:
      return { refused: replies.authMechanism }
  }
}

/** Takes the client's answer to a prompt. */
export function continueAuth(state: AuthState, line: string): AuthStep {
  if (line === '*') return { refused: replies.authCancelled }
  if (state.wants === 'plain') return readPlain(line)
  if (state.wants === 'user') return readUser(line)
  const key = decode(line)
  if (key === undefined) return { refused: replies.authBase64 }
  // Only now, so that the answer does not tell which half was wrong.
  return state.isUserKnown ? { key } : { refused: replies.authUser }
}

function readUser(text: string): AuthStep {
  const user = decode(text)
  if (user === undefined) return { refused: replies.authBase64 }
  return {
    state: { wants: 'password', isUserKnown: isUser(user) },
    prompt: replies.promptPassword,
  }
}

/** `authzid NUL authcid NUL password`; to act as somebody else is not offered. */
function readPlain(text: string): AuthStep {
  const message = decode(text)
  if (message === undefined) return { refused: replies.authBase64 }
  const [actAs, user, key, more] = message.split('\0')
  if (actAs === undefined || user === undefined || key === undefined || more !== undefined) {
    return { refused: replies.authForm }
  }
  if (!isUser(user) || (actAs !== '' && !isUser(actAs))) return { refused: replies.authUser }
  return { key }
}

function isUser(name: string): boolean {
  return users.has(name.toLowerCase())
}

/** Undefined for what is not base64 as RFC 4648 §4 writes it, padding included, or not UTF-8 inside. */
function decode(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    return undefined
  }
  const bytes = Buffer.from(text, 'base64')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
